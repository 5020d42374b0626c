import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect as connectH2, createServer as createH2Server } from 'node:http2';
import type { Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createDoor, type DoorParts } from '../../src/middleware/door.ts';
import { aDoor, aDoorBoard, listenForTest } from '../support/a-door.ts';
import { aLink } from '../support/an-application.ts';
import { eventually } from '../support/eventually.ts';
import { askRaw, connectRaw } from '../support/raw-client.ts';
import { startBackend } from '../support/start-backend.ts';

/** A door on a server that has nothing besides, as an application makes it. */
const aBareDoor = async (parts: Partial<DoorParts> = {}) => {
  const backend = await startBackend();
  const made = aDoorBoard({ servers: { a: backend.url } });
  const door = createDoor({ ...made.parts, ...parts });
  onTestFinished(() => door.close());
  const server = createServer((req, res) => door.web(req, res));
  server.on('upgrade', (req, socket, head) => door.upgrade(req, socket, head));
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  const port = await listenForTest(server);
  return { ...made, backend, door, port, sockets };
};

it.each([
  ['http://b.test/caf\u00e9', 'http://b.test/caf%C3%A9'],
  ['http://b.test/\u20ac?q=\u{1f600}', 'http://b.test/%E2%82%AC?q=%F0%9F%98%80'],
  ['http://b.test/a b', 'http://b.test/a%20b'],
  ['http://b.test/\r\nSet-Cookie: a=b', 'http://b.test/%0D%0ASet-Cookie:%20a=b'],
  ['http://b.test/\u007f', 'http://b.test/%7F'],
  ['http://b.test/%C3%A9?x=1&y=~#z', 'http://b.test/%C3%A9?x=1&y=~#z'],
])('a redirect to %j has the Location %s', async (location, sent) => {
  const redirect = aLink('redirect', (servers, moment) => {
    for (const server of servers) moment.deliver(server, { location, status: 307 });
    return servers;
  });
  const { url } = await aDoor({ servers: { a: 'http://127.0.0.1:9' }, links: [redirect] });
  const answer = await fetch(url, { redirect: 'manual' });
  expect(answer.status).toBe(307);
  expect(answer.headers.get('location')).toBe(sent);
  expect(answer.headers.get('set-cookie')).toBeNull();
});

describe('a fault of ours', () => {
  it.each([
    ['a request', 'Connection: close\r\n'],
    ['an upgrade', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'],
  ])('is a 500 for %s, with a warning, and the next one is served', async (_, fields) => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    onTestFinished(() => warn.mockRestore());
    let faults = 1;
    const made: Awaited<ReturnType<typeof aBareDoor>> = await aBareDoor({
      choose: (view) => {
        faults -= 1;
        if (faults >= 0) throw new Error('a bad day');
        return made.parts.choose(view);
      },
    });
    const text = await askRaw(made.port, `GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n`);
    expect(text).toMatch(/^HTTP\/1.1 500 [\s\S]*the proxy has failed at this request/);
    expect(text).not.toContain('a bad day');
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      'a request could not be judged: a bad day',
      'ForehandWarning',
    );
    expect(made.door.open).toBe(0);
    expect(made.finished).toEqual([expect.objectContaining({ status: 500 })]);
    expect((await fetch(`http://127.0.0.1:${made.port}`)).status).toBe(200);
  });
});

describe('over HTTP/2', () => {
  it.each([
    ['contradicts :authority', 'b.test', 400],
    ['repeats :authority', 'a.test', 200],
    ['repeats :authority in other letters', 'A.test', 200],
  ])('a Host that %s: %s is a %i', async (_, host, status) => {
    const backend = await startBackend();
    const { parts } = aDoorBoard({ servers: { a: backend.url } });
    const door = createDoor(parts);
    onTestFinished(() => door.close());
    const server = createH2Server((req, res) => door.web(req as never, res as never));
    const session = connectH2(`http://127.0.0.1:${await listenForTest(server)}`);
    onTestFinished(() => void session.destroy());
    const stream = session.request({ ':path': '/', ':authority': 'a.test', host });
    const [headers] = await once(stream, 'response');
    expect(headers[':status']).toBe(status);
    expect(backend.requests).toHaveLength(status === 200 ? 1 : 0);
  });
});

const REFUSED = 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n';
const REFUSED_UPLOAD = 'POST / HTTP/1.1\r\nHost: a/b\r\nTransfer-Encoding: chunked\r\n\r\n';
/** Several times what Node reads at once. */
const MORE = 400_000;
const REQUEST = `GET /${'a'.repeat(4000)} HTTP/1.1\r\nHost: a\r\n\r\n`;

describe('a refused request on a server without a front', () => {
  it.each([
    ['garbage', REFUSED, 'x'.repeat(5 * MORE)],
    ['other requests', REFUSED, REQUEST.repeat(100)],
    [
      'another upload',
      REFUSED,
      `POST /more HTTP/1.1\r\nHost: a\r\nContent-Length: ${MORE}\r\n\r\n${'x'.repeat(MORE)}`,
    ],
    [
      'an upgrade',
      REFUSED,
      'GET /more HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    ],
    ['its body', REFUSED_UPLOAD, `${MORE.toString(16)}\r\n${'x'.repeat(MORE)}\r\n0\r\n\r\n`],
    ['a broken body', REFUSED_UPLOAD, 'zz\r\n'.repeat(MORE / 4)],
  ])(
    'is a 400 that arrives, and the last thing heard; %s behind it is read and left',
    async (_, refused, more) => {
      const warn = vi.spyOn(process, 'emitWarning');
      onTestFinished(() => warn.mockRestore());
      const { port, backend, finished, sockets } = await aBareDoor();
      const client = await connectRaw(port);
      client.send(refused + more);
      const { text, reset } = await client.closed();
      expect(text).toMatch(/^HTTP\/1.1 400 [\s\S]*Connection: close/);
      expect(text.match(/HTTP\/1.1 \d+/g)).toHaveLength(1);
      expect(reset).toBe(false);
      await eventually(() => sockets[0]!.closed);
      // Bytes that nobody has read make a reset of the close; where it comes late this client does not see it.
      expect(sockets[0]!.bytesRead).toBe(refused.length + more.length);
      expect(backend.requests).toHaveLength(0);
      expect(finished).toHaveLength(1);
      expect(warn).not.toHaveBeenCalled();
    },
  );

  it('ends the talk: what comes behind its answer is no request', async () => {
    const { port, backend, finished, sockets } = await aBareDoor();
    const client = await connectRaw(port);
    client.socket.removeAllListeners('end');
    client.send(REFUSED);
    await once(client.socket, 'end');
    const more = 'GET /more HTTP/1.1\r\nHost: a\r\n\r\n';
    client.socket.end(more);
    await client.closed();
    await eventually(() => sockets[0]!.closed);
    expect(sockets[0]!.bytesRead).toBe(REFUSED.length + more.length);
    expect(backend.requests).toHaveLength(0);
    expect(finished).toHaveLength(1);
  });

  it('keeps its connection for a second at most when the client does not end it', async () => {
    const { port, sockets } = await aBareDoor();
    const client = await connectRaw(port);
    client.socket.removeAllListeners('end');
    client.send(REFUSED);
    await once(client.socket, 'end');
    expect(client.heard()).toMatch(/^HTTP\/1.1 400 /);
    const before = performance.now();
    await eventually(() => sockets[0]!.closed, 'the connection is closed');
    expect(performance.now() - before).toBeLessThan(1500);
  });

  it('leaves other connections alone', async () => {
    const { port } = await aBareDoor();
    const other = await connectRaw(port);
    await askRaw(port, REFUSED);
    other.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect((await other.closed()).text).toMatch(/^HTTP\/1.1 200 /);
  });

  it('that waits behind another is answered behind it', async () => {
    const { port, backend } = await aBareDoor();
    const client = await connectRaw(port);
    client.send(`GET /first HTTP/1.1\r\nHost: a\r\n\r\n${REFUSED}GET /third HTTP/1.1\r\nHost: a\r\n\r\n`);
    const { text, reset } = await client.closed();
    expect(text.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
    expect(reset).toBe(false);
    expect(backend.requests.map(({ url }) => url)).toEqual(['/first']);
  });
});
