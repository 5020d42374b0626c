import { describe, expect, it } from 'vitest';
import { aFakeEngine, type FakeEngine } from '../support/a-fake-engine.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const get = (path: string, fields = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;
const named = (name: string): string => `HTTP/1.1 200 OK\r\nContent-Length: ${name.length}\r\n\r\n${name}`;
const statuses = (text: string): readonly string[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, s]) => s!);

const idle = ({ engine, inFlight }: FakeEngine): void => {
  expect(engine.open).toBe(0);
  expect(inFlight()).toBe(0);
};

describe('a connection of a client', () => {
  it('serves one request after the other', async () => {
    const made = aFakeEngine();
    const client = made.client();
    await client.says(GET);
    await (await made.connected(0)).says(OK);
    expect(client.takeAll()).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nok$/);
    await client.says(GET);
    await made.server(0).says(OK);
    expect(client.takeAll()).toMatch(/\r\n\r\nok$/);
    expect(made.opened).toHaveLength(1);
    expect(client.isClosed).toBe(false);
    idle(made);
  });

  it('takes a request in any number of pieces', async () => {
    const made = aFakeEngine();
    const client = made.client();
    for (const byte of `POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello${GET}`)
      await client.says(byte);
    const server = await made.connected(0);
    await client.hears();
    expect(server.takeAll()).toMatch(/^POST \/p HTTP\/1\.1\r\n[\s\S]*\r\n\r\nhello$/);
    await server.says(OK);
    expect(server.taken).toMatch(/^GET \/ HTTP/);
    await server.says(OK);
    expect(statuses(client.taken)).toEqual(['200', '200']);
    idle(made);
  });

  it('answers requests that come ahead one after the other, in their order', async () => {
    const made = aFakeEngine();
    const client = made.client();
    await client.says(get('/1') + get('/2') + get('/3'));
    const server = await made.connected(0);
    for (const n of [1, 2, 3]) {
      expect(made.engine.open).toBe(1);
      expect(server.takeAll()).toMatch(new RegExp(`^GET /${n} `));
      await server.says(named(`<${n}>`));
    }
    expect(client.taken.match(/<\d>/g)).toEqual(['<1>', '<2>', '<3>']);
    idle(made);
  });

  it('keeps the order where some of them get an answer of our own', async () => {
    const made = aFakeEngine({ match: { path: '/here' } });
    const client = made.client();
    await client.says(get('/no') + get('/here/1') + get('/nor') + get('/here/2') + get('/here/%zz'));
    const server = await made.connected(0);
    await server.says(OK);
    await server.says(OK);
    expect(statuses(client.taken)).toEqual(['404', '200', '404', '200', '400']);
    idle(made);
  });

  it('holds at most so much that comes ahead: then it stops reading, and goes on when that is used up', async () => {
    const made = aFakeEngine();
    const client = made.client();
    const flood = get('/flood').repeat(3000);
    await client.says(GET, ...(flood.match(/[\s\S]{1,16000}/g) ?? []));
    expect(client.isReading).toBe(false);
    const server = await made.connected(0);
    for (let i = 0; i < 3001; i++) {
      expect(made.engine.open).toBe(1);
      await server.says(OK);
      await client.hears();
    }
    expect(statuses(client.taken)).toHaveLength(3001);
    expect(client.isReading).toBe(true);
    idle(made);
  });

  it('reads the rest of a body whose begin came ahead', async () => {
    const made = aFakeEngine();
    const client = made.client();
    const ahead = get('/flood').repeat(3000);
    await client.says(GET, `${ahead}POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n12`, '34');
    expect(client.isReading).toBe(false);
    const server = await made.connected(0);
    for (let i = 0; i < 3002; i++) {
      await server.says(OK);
      await client.hears();
    }
    expect(server.taken).toMatch(/\r\n\r\n1234$/);
    expect(statuses(client.taken)).toHaveLength(3002);
    idle(made);
  });

  it.each([
    ['HTTP/1.1', '', true],
    ['HTTP/1.1', 'Connection: close\r\n', false],
    ['HTTP/1.0', '', false],
    ['HTTP/1.0', 'Connection: keep-alive\r\n', true],
  ])('%s with "%s" is kept: %s', async (version, field, isKept) => {
    const made = aFakeEngine();
    const client = made.client();
    await client.says(`GET / ${version}\r\nHost: a\r\n${field}\r\n`);
    await (await made.connected(0)).says(OK);
    expect(client.hasEnded || client.isClosed).toBe(!isKept);
    const said = /^Connection: (.*)\r\n/m.exec(client.taken)?.[1];
    expect(said).toBe(isKept ? (version === 'HTTP/1.0' ? 'keep-alive' : undefined) : 'close');
  });

  it('gives a client of HTTP/1.0 the content without chunks, and ends', async () => {
    const made = aFakeEngine();
    const client = made.client();
    await client.says('GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n');
    await (await made.connected(0)).says(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n',
      '2;x=y\r\nde\r\n0\r\nA: b\r\n\r\n',
    );
    expect(client.taken).toMatch(/\r\n\r\nabcde$/);
    expect(client.taken).not.toMatch(/transfer-encoding/i);
    expect(client.hasEnded).toBe(true);
    idle(made);
  });

  it('is closed when no request comes for too long, without a word', async () => {
    const made = aFakeEngine({ timeouts: { clientIdle: 1000 } });
    const client = made.client();
    await client.says(GET);
    await (await made.connected(0)).says(OK);
    client.takeAll();
    await made.passes(900);
    expect(client.isClosed).toBe(false);
    await made.passes(200);
    expect(client.isClosed).toBe(true);
    expect(client.taken).toBe('');
  });

  it('is closed when not even its first request comes', async () => {
    const made = aFakeEngine({ timeouts: { requestHeaders: 1000 } });
    const client = made.client();
    await made.passes(1100);
    expect(client.isClosed).toBe(true);
    expect(made.engine.clients.size).toBe(0);
  });
});

describe('a head that drips', () => {
  const LINES = [
    'GET / HTTP/1.1\r\n',
    'Host: a\r\n',
    ...Array.from({ length: 60 }, (_, i) => `X-${i}: y\r\n`),
  ];

  it.each([
    ['line by line', LINES],
    ['byte by byte', [...LINES.join('')]],
  ])('%s is answered 408 when its time is over, however much has come', async (_, pieces) => {
    const made = aFakeEngine({ timeouts: { requestHeaders: 2000 } });
    const client = made.client();
    for (const piece of pieces.slice(0, 40)) {
      await client.says(piece);
      await made.passes(100);
    }
    expect(client.taken).toMatch(/^HTTP\/1\.1 408 /);
    expect(client.hasEnded).toBe(true);
    await made.passes(1100);
    expect(client.isClosed).toBe(true);
    expect(made.engine.clients.size).toBe(0);
  });

  it('is served when it is whole in time, also as a later request of its connection', async () => {
    const made = aFakeEngine({ timeouts: { requestHeaders: 2000, clientIdle: 10_000 } });
    const client = made.client();
    for (let n = 0; n < 3; n++) {
      await made.passes(1900);
      for (const piece of [...LINES.slice(0, 15), '\r\n']) {
        await client.says(piece);
        await made.passes(100);
      }
      await (n === 0 ? await made.connected(0) : made.server(0)).says(OK);
      expect(client.takeAll()).toMatch(/ 200 OK/);
    }
  });

  it('has no more time behind a request that was answered', async () => {
    const made = aFakeEngine({ timeouts: { requestHeaders: 2000, clientIdle: 10_000 } });
    const client = made.client();
    await client.says(GET + LINES[0]);
    await (await made.connected(0)).says(OK);
    client.takeAll();
    for (const line of LINES.slice(1, 40)) {
      await client.says(line);
      await made.passes(100);
    }
    expect(client.taken).toMatch(/^HTTP\/1\.1 408 /);
  });
});

describe('a body that drips', () => {
  const HEAD = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n';

  it('is answered 408 when its time is over, and its server is freed', async () => {
    const made = aFakeEngine({ timeouts: { request: 2000, responseHeaders: 1000 } });
    const client = made.client();
    await client.says(HEAD);
    const server = await made.connected(0);
    for (let i = 0; i < 25; i++) {
      await client.says('x');
      await made.passes(100);
    }
    expect(client.taken).toMatch(/^HTTP\/1\.1 408 [\s\S]*Connection: close/);
    expect(server.isClosed).toBe(true);
    expect(made.finished).toEqual([expect.objectContaining({ status: 408, termination: 'bad_request' })]);
    expect(made.outcomes).toEqual(['a client client_abort']);
    idle(made);
  });

  it('has its time also while the answer has begun and the client had stopped reading for a while', async () => {
    const made = aFakeEngine({ timeouts: { request: 5000, responseIdle: 2000 } });
    const client = made.client();
    await client.says(HEAD);
    const server = await made.connected(0);
    client.takes = false;
    await server.says('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome');
    await made.passes(1000);
    await client.drains();
    for (let i = 0; i < 30; i++) {
      await client.says('x');
      await server.says('y');
      await made.passes(100);
    }
    expect(client.isClosed).toBe(false);
    await made.passes(1200);
    expect(client.isClosed).toBe(true);
    idle(made);
  });
});

describe('a client that does not read', () => {
  it('is given up when it takes nothing for too long', async () => {
    const made = aFakeEngine({ timeouts: { responseIdle: 1000 } });
    const client = made.client();
    client.takes = false;
    await client.says(GET);
    const server = await made.connected(0);
    await server.says('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome');
    expect(server.isReading).toBe(false);
    await made.passes(1200);
    expect(client.isClosed).toBe(true);
    expect(server.isClosed).toBe(true);
    expect(made.finished).toEqual([expect.objectContaining({ termination: 'idle_timeout' })]);
    expect(made.outcomes).toEqual(['a client idle_timeout']);
    idle(made);
  });

  it('may go on for as long as it likes once it reads again', async () => {
    const made = aFakeEngine({ timeouts: { responseIdle: 1000 } });
    const client = made.client();
    client.takes = false;
    await client.says(GET);
    const server = await made.connected(0);
    await server.says('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome');
    await made.passes(500);
    await client.drains();
    for (let i = 0; i < 48; i++) {
      await server.says('xx');
      await made.passes(500);
    }
    expect(client.isClosed).toBe(false);
    expect(client.taken).toMatch(/some(?:xx){48}$/);
    idle(made);
  });

  it('gets what waited for it as it was, although more has come meanwhile', async () => {
    const made = aFakeEngine();
    const client = made.client();
    client.takes = false;
    await client.says(GET);
    const server = await made.connected(0);
    await server.says('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc', 'def', 'ghi');
    await client.drains();
    await server.hears();
    expect(client.taken).toMatch(/\r\n\r\nabcdefghi$/);
    idle(made);
  });

  it('whose own answers pile up is not asked for more, and nothing of what it refused is sent to a server', async () => {
    const made = aFakeEngine({ limits: { bodyBytes: 10 } });
    const client = made.client();
    client.takes = false;
    await client.says(
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n14\r\n12345678901234567890\r\n',
    );
    expect(made.opened).toEqual([]);
    await client.drains();
    expect(client.taken).toMatch(/^HTTP\/1\.1 413 /);
    expect(made.finished).toHaveLength(1);
    idle(made);
  });
});

describe('a client that leaves', () => {
  it.each(['ends', 'fails'] as const)(
    '(%s) frees the server at once, whatever is under way',
    async (leaves) => {
      const made = aFakeEngine();
      const client = made.client();
      await client.says(GET);
      const server = await made.connected(0);
      await client[leaves]();
      expect(server.isClosed).toBe(true);
      expect(client.isClosed).toBe(true);
      expect(made.finished).toEqual([expect.objectContaining({ termination: 'client_abort', status: 0 })]);
      expect(made.outcomes).toEqual(['a client client_abort']);
      idle(made);
    },
  );

  it('while its connection to the server is being made leaves no connection behind', async () => {
    const made = aFakeEngine();
    const client = made.client();
    await client.says(GET);
    await client.fails();
    expect(made.server(0).isClosed).toBe(true);
    expect(made.outcomes).toEqual(['a client client_abort']);
    idle(made);
  });

  it('ends those of its requests that came ahead, unasked', async () => {
    const made = aFakeEngine();
    const client = made.client();
    await client.says(get('/1') + get('/2'));
    await made.connected(0);
    await client.fails();
    expect(made.finished).toHaveLength(1);
    idle(made);
  });
});

describe('the end of a connection', () => {
  it('waits a second for a client that still sends, so that it can read the answer', async () => {
    const made = aFakeEngine();
    const client = made.client();
    await client.says('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nbegin');
    await (await made.connected(0)).says('HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n');
    expect(client.taken).toMatch(/^HTTP\/1\.1 401 [\s\S]*Connection: close\r\n/);
    expect([client.hasEnded, client.isClosed]).toEqual([true, false]);
    await client.says('more of the body');
    await made.passes(900);
    expect(client.isClosed).toBe(false);
    await made.passes(200);
    expect(client.isClosed).toBe(true);
    expect(made.server(0).isClosed).toBe(true);
    idle(made);
  });

  it('comes at once when the client ends too', async () => {
    const made = aFakeEngine();
    const client = made.client();
    await client.says('nonsense\r\n\r\n');
    expect(client.taken).toMatch(/^HTTP\/1\.1 400 /);
    await client.ends();
    expect(client.isClosed).toBe(true);
    expect(made.engine.clients.size).toBe(0);
  });

  it('takes no further request behind an answer that says so', async () => {
    const made = aFakeEngine();
    const client = made.client();
    await client.says(get('/1', 'Connection: close\r\n') + get('/2'));
    await (await made.connected(0)).says(OK);
    await client.says(get('/3'));
    expect(statuses(client.taken)).toEqual(['200']);
    expect(made.finished).toHaveLength(1);
  });
});

it('turns away a connection that is one too many, and takes the next when there is room', async () => {
  const made = aFakeEngine({ limits: { connections: 1 } });
  const first = made.client();
  expect(made.client().isClosed).toBe(true);
  expect(made.engine.turnedAway).toBe(1);
  await first.ends();
  expect(made.client().isClosed).toBe(false);
});

it('a fault of ours while a request is heard ends its connection and nothing else', async () => {
  const made = aFakeEngine({
    parts: {
      refresh: ({ path }) => {
        if (path === '/bad') throw new Error('no');
        return false;
      },
    },
  });
  const [bad, good] = [made.client(), made.client()];
  await bad.says(get('/bad'));
  expect(bad.isClosed).toBe(true);
  await good.says(GET);
  await (await made.connected(0)).says(OK);
  expect(good.taken).toMatch(/ 200 OK/);
  expect(made.faults.splice(0)).toHaveLength(1);
  idle(made);
});

it('a fault of ours in making a request ready is answered 500, and the connection goes on', async () => {
  const made = aFakeEngine({
    parts: {
      additions: ({ path }) => {
        if (path === '/bad') throw new Error('no');
        return undefined;
      },
    },
  });
  const client = made.client();
  await client.says(get('/bad'));
  expect(client.takeAll()).toMatch(/^HTTP\/1\.1 500 /);
  await client.says(GET);
  await (await made.connected(0)).says(OK);
  expect(client.taken).toMatch(/ 200 OK/);
  expect(made.faults.splice(0)).toHaveLength(1);
  idle(made);
});

it('a listener that fails disturbs nobody', async () => {
  const made = aFakeEngine({
    parts: {
      finished: () => {
        throw new Error('the log is full');
      },
    },
  });
  const client = made.client();
  await client.says(GET + GET);
  const server = await made.connected(0);
  await server.says(OK);
  await server.says(OK);
  expect(statuses(client.taken)).toEqual(['200', '200']);
  await client.says(GET);
  await client.fails();
  expect(server.isClosed).toBe(true);
  expect(made.faults.splice(0)).toHaveLength(3);
  idle(made);
});
