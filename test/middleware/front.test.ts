import { describe, expect, it } from 'vitest';
import { aDoor } from '../support/a-door.ts';
import { eventually } from '../support/eventually.ts';
import { askRaw, connectRaw } from '../support/raw-client.ts';
import { startBackend, startRawBackend } from '../support/start-backend.ts';

const aFront = async (front: { timeouts?: object; limits?: object } = {}) => {
  const backend = await startBackend((req, res) => {
    req.resume().on('end', () => res.end('ok'));
  });
  return { backend, ...(await aDoor({ servers: { a: backend.url }, front })) };
};

const get = (target: string, fields = ''): string =>
  `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${fields}\r\n`;

describe('heads beyond the limits', () => {
  it.each([
    ['a target of 8,192 bytes', get(`/${'x'.repeat(8191)}`), 200],
    ['a longer one', get(`/${'x'.repeat(8192)}`), 414],
    ['100 fields', get('/', 'X-A: 1\r\n'.repeat(98)), 200],
    ['101 fields', get('/', 'X-A: 1\r\n'.repeat(99)), 431],
    ['a head of more than 16 KiB', get('/', `X-A: ${'x'.repeat(17_000)}\r\n`), 431],
    [
      'an upgrade with a long target',
      get(`/${'x'.repeat(8192)}`, 'Upgrade: websocket\r\n').replace('close', 'Upgrade'),
      414,
    ],
    [
      'an upgrade with 101 fields',
      get('/', `Upgrade: websocket\r\n${'X-A: 1\r\n'.repeat(98)}`).replace('close', 'Upgrade'),
      431,
    ],
  ])('%s', async (_, request, status) => {
    const { port, backend } = await aFront();
    const text = await askRaw(port, request);
    expect(text.slice(0, 13)).toBe(`HTTP/1.1 ${status} `);
    expect(backend.requests).toHaveLength(status === 200 ? 1 : 0);
  });
});

describe('what is no request to forward', () => {
  it.each([
    ['CONNECT', 'CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n', 405],
    ['an unknown Expect', get('/', 'Expect: the-moon\r\n'), 417],
    ['no HTTP at all', 'HELO a\r\n\r\n', 400],
    ['an unknown method', 'BREW / HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
    ['a space before the colon', get('/', 'X-A : 1\r\n'), 400],
    ['a NUL in a value', get('/', 'X-A: \0\r\n'), 400],
    ['a bare line feed', 'GET / HTTP/1.1\nHost: a\n\n', 400],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ])('%s', async (_, request, status) => {
    const { port, backend } = await aFront();
    const text = await askRaw(port, request);
    expect(text.slice(0, 13)).toBe(`HTTP/1.1 ${status} `);
    expect(text).toMatch(/connection: close/i);
    expect(backend.requests).toHaveLength(0);
  });

  it('the client hears of it also while it still sends, and is closed even if it never ends', async () => {
    const { port } = await aFront();
    const client = await connectRaw(port);
    client.socket.removeAllListeners('end');
    client.send('NONSENSE\r\n\r\n');
    for (let i = 0; i < 20; i++) client.send('x'.repeat(50_000));
    expect(await client.hears(/\r\n\r\n/)).toMatch(/^HTTP\/1.1 400 /);
    await eventually(() => client.socket.readableEnded || client.socket.destroyed);
  });

  it('is never said in the middle of another answer', async () => {
    const backend = await startRawBackend((socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\nsome'));
    });
    const { port, settled } = await aDoor({ servers: { a: backend.url } });
    const client = await connectRaw(port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.hears(/some/);
    client.send('NONSENSE\r\n\r\n');
    const { text } = await client.closed();
    expect(text.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200']);
    await settled();
  });

  it('nor is an upgrade that comes behind a request under way', async () => {
    const backend = await startRawBackend((socket) => {
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\nsome'));
    });
    const { port, settled, finished } = await aDoor({ servers: { a: backend.url } });
    const client = await connectRaw(port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await client.hears(/some/);
    client.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    const { text } = await client.closed();
    expect(text.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200']);
    await settled();
    expect(finished.map(({ termination }) => termination).toSorted()).toEqual([
      'bad_request',
      'client_abort',
    ]);
  });
});

describe('slow clients', () => {
  it('a head that does not end in time is a 408, however often a byte comes', async () => {
    const { port } = await aFront({ timeouts: { requestHeaders: 300 } });
    const client = await connectRaw(port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\nX-A: ');
    const dribble = setInterval(() => client.socket.writable && client.send('x'), 50);
    const { text } = await client.closed();
    clearInterval(dribble);
    expect(text).toMatch(/^HTTP\/1.1 408 /);
  });

  it('a body that does not end in time closes the connection and frees the server', async () => {
    const { port, backend, settled } = await aFront({ timeouts: { requestHeaders: 300, request: 400 } });
    const client = await connectRaw(port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nsome');
    await eventually(() => backend.requests.length === 1);
    await client.closed();
    await settled();
    await eventually(() => backend.open === 0);
  });

  it('an unused connection is closed', async () => {
    const { port } = await aFront({ timeouts: { clientIdle: 50 } });
    const client = await connectRaw(port);
    client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect((await client.closed()).text).toMatch(/200 OK/);
  });
});

it('more connections than allowed are closed at once', async () => {
  const { port } = await aFront({ limits: { connections: 1 } });
  const first = await connectRaw(port);
  first.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await first.hears(/200 OK/);
  const second = await connectRaw(port);
  expect((await second.closed()).text).toBe('');
});

it('a server that listens no more closes connections behind their answer', async () => {
  const { port, server } = await aFront();
  const client = await connectRaw(port);
  client.send('GET / HTTP/1.1\r\nHost: a\r\n');
  await eventually(() => client.socket.bytesWritten > 0);
  server.close();
  client.send('\r\n');
  const { text } = await client.closed();
  expect(text).toMatch(/200 OK[\s\S]*Connection: close/i);
});
