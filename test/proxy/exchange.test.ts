import { describe, expect, it } from 'vitest';
import type { FakeConnection } from '../support/a-fake-connection.ts';
import { aFakeEngine, type FakeEngine } from '../support/a-fake-engine.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const request = (method: string, content = ''): string =>
  `${method} / HTTP/1.1\r\nHost: a\r\n${content === '' ? '' : `Content-Length: ${content.length}\r\n`}\r\n${content}`;

const FOUR = Object.fromEntries(['a', 'b', 'c', 'd'].map((id, i) => [id, `http://127.0.0.1:${i + 1}`]));

const isIdle = ({ engine, inFlight }: FakeEngine): void => {
  expect(engine.open).toBe(0);
  expect(inFlight()).toBe(0);
};

/** What every server does with its connections, until one answers. */
type Manner = (server: FakeConnection) => Promise<void>;

const refuses: Manner = (server) => server.fails('ECONNREFUSED');
const resets: Manner = async (server) => {
  await server.connects();
  await server.fails();
};
const closes: Manner = async (server) => {
  await server.connects();
  await server.ends();
};
const babbles: Manner = async (server) => {
  await server.connects();
  await server.says('what?\r\n\r\n');
};
const stammers: Manner = async (server) => {
  await server.connects();
  await server.says('HTTP/1.1 200 OK\r\nCont');
  await server.fails();
};

/** Has the n-th connection behave so, the last of them answer. Gives how many servers were tried. */
const behave = async (made: FakeEngine, manner: Manner): Promise<number> => {
  for (let n = 0; n < made.opened.length; n++) await manner(made.server(n));
  return made.opened.length;
};

const sends = ({ opened }: FakeEngine): number =>
  opened.filter(({ connection }) => connection.taken !== '').length;

describe('a failed attempt', () => {
  it.each([
    ['GET', '', refuses, 3, 0],
    ['POST', 'hi', refuses, 3, 0],
    ['GET', '', resets, 3, 3],
    ['PUT', 'hi', resets, 3, 3],
    ['DELETE', '', closes, 3, 3],
    ['GET', '', babbles, 3, 3],
    ['GET', '', stammers, 3, 3],
    ['POST', 'hi', resets, 1, 1],
    ['POST', 'hi', closes, 1, 1],
    ['POST', 'hi', babbles, 1, 1],
    ['PATCH', 'hi', stammers, 1, 1],
    ['QUERY', 'hi', resets, 1, 1],
  ] as const)(
    '%s %s: goes on to other servers while that is safe (%#)',
    async (method, content, manner, tried, sent) => {
      const made = aFakeEngine({ servers: FOUR });
      const client = made.client();
      await client.says(request(method, content));
      expect(await behave(made, manner)).toBe(tried);
      expect(sends(made)).toBe(sent);
      expect(new Set(made.opened.map(({ server }) => server)).size).toBe(tried);
      expect(client.taken).toMatch(/^HTTP\/1\.1 502 /);
      expect(client.taken.match(/HTTP\/1\.1 /g)).toHaveLength(1);
      expect(made.finished).toEqual([
        expect.objectContaining({ attempts: tried, status: 502, termination: 'server_abort' }),
      ]);
      expect(made.outcomes).toHaveLength(tried);
      isIdle(made);
    },
  );

  it.each([
    ['GET', ''],
    ['POST', 'hello'],
  ])('%s: the next server gets all of it, and its answer is the answer', async (method, content) => {
    const made = aFakeEngine();
    const client = made.client();
    await client.says(request(method, content));
    await refuses(made.server(0));
    const second = await made.connected(1);
    expect(second.taken.endsWith(`\r\n\r\n${content}`)).toBe(true);
    await second.says(OK);
    expect(client.taken).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(made.outcomes).toEqual(['a server connect_refused', 'b answered 200']);
    isIdle(made);
  });

  it('repeats a body that came in pieces, as long as it is short', async () => {
    const made = aFakeEngine();
    const client = made.client();
    await client.says('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n');
    const first = await made.connected(0);
    await client.says('x'.repeat(30_000));
    await first.fails();
    await client.says('y'.repeat(20_000));
    const second = await made.connected(1);
    await client.hears();
    expect(second.taken).toMatch(/\r\n\r\nx{30000}y{20000}$/);
    await second.says(OK);
    expect(client.taken).toMatch(/ 200 OK/);
    isIdle(made);
  });

  it('does not repeat a body that is too long to be kept', async () => {
    const made = aFakeEngine();
    const client = made.client();
    await client.says('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n');
    const first = await made.connected(0);
    await client.says('x'.repeat(50_000), 'x'.repeat(30_000));
    await first.fails();
    expect(made.opened).toHaveLength(1);
    expect(client.taken).toMatch(/^HTTP\/1\.1 502 [\s\S]*Connection: close/);
    isIdle(made);
  });

  it('does not try again who was silent for too long', async () => {
    const made = aFakeEngine({ timeouts: { responseHeaders: 1000 } });
    const client = made.client();
    await client.says(request('GET'));
    await made.connected(0);
    await made.passes(1100);
    expect(client.taken).toMatch(/^HTTP\/1\.1 504 /);
    expect(made.opened).toHaveLength(1);
    expect(made.finished[0]).toMatchObject({ termination: 'header_timeout', status: 504 });
    isIdle(made);
  });

  it('is not followed by another once an answer has begun', async () => {
    const made = aFakeEngine();
    const client = made.client();
    await client.says(request('GET'));
    const server = await made.connected(0);
    await server.says('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsome');
    await server.fails();
    expect(made.opened).toHaveLength(1);
    expect(client.wasReset).toBe(true);
    expect(client.taken).toMatch(/some$/);
    expect(made.outcomes).toEqual(['a server body_cut']);
    isIdle(made);
  });

  it('of a kept connection and all that follow: the request is sent three times at most', async () => {
    const made = aFakeEngine({ servers: FOUR });
    const client = made.client();
    await client.says(request('GET'));
    const kept = await made.connected(0);
    await kept.says(OK);
    kept.takeAll();
    await client.says(request('GET'));
    await kept.fails();
    for (let n = 1; n < made.opened.length; n++) await resets(made.server(n));
    expect(made.opened.map(({ server }) => server)).toEqual(['a', 'a', 'b']);
    expect(sends(made)).toBe(3);
    isIdle(made);
  });

  it('names no server to the client, and asks it to come back only where that helps', async () => {
    const made = aFakeEngine({ servers: { internal: 'http://127.0.0.1:1' } });
    const client = made.client();
    await client.says(request('GET'));
    await refuses(made.server(0));
    expect(client.taken).not.toMatch(/internal|127\.0\.0\.1/);
    expect(client.taken).not.toMatch(/Retry-After/);
  });

  it.each(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL'])(
    'for want of room on this machine (%s) blames no server',
    async (code) => {
      const made = aFakeEngine({ servers: FOUR });
      const client = made.client();
      await client.says(request('GET'));
      await behave(made, (server) => server.fails(code));
      expect(client.taken).toMatch(/^HTTP\/1\.1 503 [\s\S]*Retry-After/);
      expect(made.outcomes).toEqual(['a', 'b', 'c'].map((id) => `${id} proxy no_server`));
      expect(made.finished[0]).toMatchObject({ termination: 'overload' });
      isIdle(made);
    },
  );

  it('can be told to be the last', async () => {
    const made = aFakeEngine({ retry: { attempts: 0, budget: 1 } });
    await made.client().says(request('GET'));
    expect(await behave(made, refuses)).toBe(1);
    isIdle(made);
  });
});

describe('the budget of retries', () => {
  it('is a part of the requests, with a floor', async () => {
    const made = aFakeEngine({ servers: FOUR, retry: { attempts: 2, budget: 0.2 } });
    const client = made.client();
    for (let i = 0; i < 200; i++) {
      await client.says(request('GET'));
      for (let n = 0; n < made.opened.length; n++) if (!made.server(n).isClosed) await resets(made.server(n));
    }
    const retries = made.opened.length - 200;
    expect(retries).toBeLessThanOrEqual(0.2 * 200 + 10);
    expect(retries).toBeGreaterThanOrEqual(40);
    isIdle(made);
  });

  it('is not needed where nothing was sent', async () => {
    const made = aFakeEngine({ servers: FOUR, retry: { attempts: 2, budget: 0 } });
    const client = made.client();
    for (let i = 0; i < 100; i++) {
      await client.says(request('POST', 'hi'));
      for (let n = 0; n < made.opened.length; n++)
        if (!made.server(n).isClosed) await refuses(made.server(n));
    }
    expect(made.opened).toHaveLength(300);
    isIdle(made);
  });
});

describe('an answer of our own', () => {
  it('says 503 where there is no server', async () => {
    const made = aFakeEngine({ servers: {} });
    const client = made.client();
    await client.says(request('GET') + request('HEAD'));
    expect(client.taken).toMatch(
      /^HTTP\/1\.1 503 [\s\S]*Retry-After: 1\r\n[\s\S]*request [\da-f-]{36}\nHTTP\/1\.1 503 [\s\S]*\r\n\r\n$/,
    );
    expect(client.isClosed).toBe(false);
    isIdle(made);
  });

  it('says 404 where no route matches, and JSON to who asks for that', async () => {
    const made = aFakeEngine({ match: { path: '/here' } });
    const client = made.client();
    await client.says('GET / HTTP/1.1\r\nHost: a\r\nAccept: application/json\r\n\r\n');
    const [head = '', body = ''] = client.taken.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 404 [\s\S]*Content-Type: application\/json/);
    expect(JSON.parse(body)).toEqual({
      error: { status: 404, reason: 'no route matches', requestId: made.finished[0]!.requestId },
    });
  });

  it('turns a request away when too many are under way, in all or on its route', async () => {
    for (const facts of [{ limits: { inFlight: 1 } }, { route: { inFlight: 1 } }]) {
      const made = aFakeEngine(facts);
      const [one, two] = [made.client(), made.client()];
      await one.says(request('GET'));
      await two.says(request('GET'));
      expect(two.taken).toMatch(/^HTTP\/1\.1 503 [\s\S]*Retry-After/);
      expect(made.finished[0]).toMatchObject({ termination: 'overload' });
      await (await made.connected(0)).says(OK);
      two.takeAll();
      await two.says(request('GET'));
      await made.server(0).says(OK);
      expect(two.taken).toMatch(/ 200 OK/);
      isIdle(made);
    }
  });

  it.each([
    ['says so', 'Content-Length: 11\r\n\r\n'],
    ['grows into it', 'Transfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n5\r\n12345\r\n'],
  ])('refuses a body that is too large (it %s) with 413', async (_, rest) => {
    const made = aFakeEngine({ limits: { bodyBytes: 10 } });
    const client = made.client();
    await client.says(`POST / HTTP/1.1\r\nHost: a\r\n${rest}`);
    expect(client.taken).toMatch(/^HTTP\/1\.1 413 [\s\S]*Connection: close/);
    expect(client.hasEnded).toBe(true);
    isIdle(made);
  });

  it('refuses a body that breaks its framing with 400, and frees the server', async () => {
    const made = aFakeEngine();
    const client = made.client();
    await client.says('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
    const server = await made.connected(0);
    await client.says('5\r\nhello\r\n');
    await client.says('xx\r\n');
    expect(client.taken).toMatch(/^HTTP\/1\.1 400 /);
    expect(server.isClosed).toBe(true);
    expect(made.outcomes).toEqual([expect.stringMatching(/^a client /)]);
    isIdle(made);
  });

  it('stops a request that goes in circles', async () => {
    const made = aFakeEngine();
    const via = `Via: ${'1.1 forehand, '.repeat(9)}1.1 forehand\r\n`;
    const client = made.client();
    await client.says(`GET / HTTP/1.1\r\nHost: a\r\n${via}\r\n`);
    expect(client.taken).toMatch(/^HTTP\/1\.1 508 /);
    expect(made.opened).toEqual([]);
  });
});

describe('what is told when an exchange has ended', () => {
  it('counts bytes and time', async () => {
    const made = aFakeEngine();
    const client = made.client();
    await client.says('POST /path?q=1 HTTP/1.1\r\nHost: Shop.Test:80\r\nContent-Length: 5\r\n\r\nhello');
    await made.passes(100);
    const server = await made.connected(0);
    await made.passes(200);
    await server.says('HTTP/1.1 201 Made\r\nContent-Length: 4\r\n\r\nso');
    await made.passes(300);
    await server.says('me');
    expect(made.finished).toEqual([
      expect.objectContaining({
        kind: 'request',
        method: 'POST',
        scheme: 'http',
        host: 'shop.test',
        path: '/path',
        clientIp: '192.0.2.7',
        peerIp: '192.0.2.7',
        route: 'all',
        pool: 'web',
        server: 'a',
        status: 201,
        attempts: 1,
        bytesIn: 5,
        firstByte: 300,
        duration: 600,
        termination: 'ok',
      }),
    ]);
  });

  it('comes once, however it ends', async () => {
    const made = aFakeEngine();
    const client = made.client();
    await client.says(request('GET'));
    const server = await made.connected(0);
    await server.says('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nsome');
    // In one turn of the loop.
    await Promise.all([server.fails(), client.fails()]);
    await made.passes(60_000);
    expect(made.finished).toHaveLength(1);
    expect(made.outcomes).toHaveLength(1);
    isIdle(made);
  });
});

describe('while the engine drains', () => {
  it('answers say that the connection ends, and idle connections have a second', async () => {
    const made = aFakeEngine();
    const [idle, busy, next] = [made.client(), made.client(), made.client()];
    await busy.says(request('GET'));
    const server = await made.connected(0);
    const drained = made.engine.drain(10_000);
    await next.says(request('GET'));
    await server.says(OK);
    await (await made.connected(1)).says(OK);
    for (const client of [busy, next]) {
      expect(client.taken).toMatch(/ 200 OK[\s\S]*Connection: close/);
      expect(client.hasEnded).toBe(true);
    }
    expect(idle.hasEnded).toBe(false);
    await made.passes(1000);
    expect(await drained).toBe(true);
    expect(idle.hasEnded).toBe(true);
  });
});
