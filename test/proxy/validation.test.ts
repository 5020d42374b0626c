import { describe, expect, it } from 'vitest';
import type { PoolSettings } from '../../src/proxy/settings.ts';
import { validateAfter } from '../../src/proxy/validation.ts';
import { type FakeConnection, turn } from '../support/a-fake-connection.ts';
import { aFakeEngine, type FakeEngine } from '../support/a-fake-engine.ts';
import { anEngine, TRANSPORTS } from '../support/an-engine.ts';
import { eventually } from '../support/eventually.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startBackend, startRawBackend, whenSaid } from '../support/start-backend.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const PING = { path: '/up?x=1', timeout: 2000 };
const HEAD = 'HEAD /up?x=1 HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n';
const VALID = 'HTTP/1.1 204 No Content\r\n\r\n';

const kinds = ({ events }: FakeEngine): readonly string[] => events.map(({ kind }) => kind);
const countsOf = ({ engine, pool }: FakeEngine) => engine.pools.of(pool.servers[0]!).counts;

/** An engine whose one kept connection has served one request, and a client. */
const withKept = async (
  connections: Partial<PoolSettings>,
  facts: Parameters<typeof aFakeEngine>[0] = {},
) => {
  const made = aFakeEngine({ servers: { a: 'http://127.0.0.1:1' }, connections, ...facts });
  const client = made.client();
  await client.says(GET);
  const kept = await made.connected(0);
  await kept.says(OK);
  client.takeAll();
  kept.takeAll();
  made.events.length = 0;
  return { made, client, kept };
};

/** Two turns of the loop, in which all that has arrived is heard, and one in which a request is sent. */
const looks = async (): Promise<void> => {
  for (let i = 0; i < 3; i++) await turn();
};

const answered = async (client: FakeConnection, server: FakeConnection): Promise<void> => {
  expect(server.takeAll()).toMatch(/^GET \/ HTTP/);
  await server.says(OK);
  expect(client.takeAll()).toMatch(/^HTTP\/1\.1 200 [\s\S]*ok$/);
};

describe('a kept connection', () => {
  it.each([
    ['never', 60_000, false],
    ['always', 0, true],
    [{ afterIdle: 5000 }, 4800, false],
    [{ afterIdle: 5000 }, 5100, true],
  ] as const)('with `validate` %j, unused for %d ms: is tried: %s', async (validate, ago, isTried) => {
    const { made, client, kept } = await withKept(
      { validate },
      { timeouts: { serverIdle: 100_000, clientIdle: 100_000 } },
    );
    await made.passes(ago);
    await client.says(GET);
    await looks();
    expect(kinds(made)).toEqual([isTried ? 'validated' : 'reused']);
    await answered(client, kept);
    expect(made.opened).toHaveLength(1);
  });

  it('that is never tried is used in the same turn', async () => {
    const { client, kept } = await withKept({ validate: 'never' });
    void client.says(GET);
    await turn();
    await answered(client, kept);
  });

  it('whose FIN has come by then is not used: a new one is opened', async () => {
    const { made, client, kept } = await withKept({ validate: 'always' });
    void client.says(GET);
    await kept.ends();
    await looks();
    expect(kept.taken).toBe('');
    await answered(client, await made.connected(1));
    expect(kinds(made)).toEqual(['closed', 'invalid', 'opened']);
    expect(made.outcomes).toEqual(['a answered 200', 'a answered 200']);
  });

  it('is free again when its client leaves while it is tried', async () => {
    const { made, client, kept } = await withKept({ validate: 'always' });
    void client.says(GET);
    await client.fails();
    await looks();
    expect(kept.isClosed).toBe(false);
    expect(countsOf(made)).toEqual({ open: 1, idle: 1, waiting: 0 });
    expect(made.inFlight()).toBe(0);
  });

  it('closes behind its trial when its server has left', async () => {
    const { made, client, kept } = await withKept({ validate: 'always' });
    void client.says(GET);
    void client.fails();
    made.engine.take(made.engine.settings, []);
    await looks();
    expect(kept.isClosed).toBe(true);
  });

  it('that goes from one request to the next that waits is tried too, if always', async () => {
    const { made, client, kept } = await withKept({ validate: 'always', maxConnections: 1 });
    await client.says(GET);
    await looks();
    const other = made.client();
    await other.says(GET);
    expect(countsOf(made).waiting).toBe(1);
    await answered(client, kept);
    await looks();
    await answered(other, kept);
    expect(kinds(made)).toEqual(['validated', 'validated']);
  });
});

describe('a ping', () => {
  const pinged = async (facts: Parameters<typeof aFakeEngine>[0] = {}) => {
    const all = await withKept({ validate: 'always', ping: PING }, facts);
    await all.client.says(GET);
    expect(all.kept.takeAll()).toBe(HEAD);
    return all;
  };

  it.each([
    ['204', VALID],
    ['200 with a length', 'HTTP/1.1 200 OK\r\nContent-Length: 4711\r\n\r\n'],
    ['404, since somebody answers', 'HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['401', 'HTTP/1.1 401 Who\r\n\r\n'],
    ['interim ones before', `HTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 100 Go\r\n\r\n${VALID}`],
    ['HTTP/1.0 that keeps it', 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n'],
  ])('is passed by %s, byte by byte too', async (_, answer) => {
    const { made, client, kept } = await pinged();
    for (const byte of answer) await kept.says(byte);
    await answered(client, kept);
    expect(kinds(made)).toEqual(['validated']);
  });

  it.each([
    ['500', 'HTTP/1.1 500 Oh\r\n\r\n', 'the ping was answered 500'],
    ['a switch of protocols', 'HTTP/1.1 101 Go\r\n\r\n', 'the ping was answered 101'],
    [
      'an answer that ends it',
      'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n',
      'the server keeps it no longer',
    ],
    ['HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\n', 'the server keeps it no longer'],
    ['a body', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', 'more than the answer to the ping'],
    ['garbage', 'SSH-2.0-OpenSSH_9.2\r\n', expect.stringMatching(/./)],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n', expect.anything()],
    ['no end', 'HTTP/1.1 103 A\r\n\r\n'.repeat(5000), 'more than the answer to the ping'],
  ])('is failed by %s: the connection is closed and a new one used', async (_, answer, detail) => {
    const { made, client, kept } = await pinged();
    await kept.says(answer);
    expect(kept.isClosed).toBe(true);
    expect(made.events).toEqual([
      { kind: 'closed', pool: 'web', server: 'a', detail },
      { kind: 'invalid', pool: 'web', server: 'a', detail },
    ]);
    await answered(client, await made.connected(1));
    expect(made.outcomes).toEqual(['a answered 200', 'a answered 200']);
  });

  it.each([
    ['FIN', (kept: FakeConnection) => kept.ends(), 'closed by the server'],
    ['a reset', (kept: FakeConnection) => kept.fails(), 'ECONNRESET'],
  ])('is failed by %s', async (_, happens, detail) => {
    const { made, client, kept } = await pinged();
    await happens(kept);
    expect(made.events.at(-1)).toMatchObject({ kind: 'invalid', detail });
    await answered(client, await made.connected(1));
  });

  it('is failed by silence, after its own time and not after that of unused connections', async () => {
    const { made, client, kept } = await pinged({ timeouts: { serverIdle: 1000 } });
    await made.passes(1900);
    expect(kept.isClosed).toBe(false);
    await made.passes(300);
    expect(kept.isClosed).toBe(true);
    expect(made.events.at(-1)).toMatchObject({ kind: 'invalid', detail: 'no answer to the ping in time' });
    await answered(client, await made.connected(1));
  });

  it.each([
    ['passed once it is', (kept: FakeConnection) => kept.drains(), 'validated'],
    ['failed when more comes', (kept: FakeConnection) => kept.says('x'), 'invalid'],
    ['failed when it never is', () => undefined, 'invalid'],
  ])('whose answer comes before the question is out is %s', async (_, happens, kind) => {
    const { made, client, kept } = await withKept({ validate: 'always', ping: PING });
    kept.takes = false;
    await client.says(GET);
    await kept.says(VALID);
    expect(made.events).toEqual([]);
    await happens(kept);
    await made.passes(2200);
    expect(kinds(made)).toContain(kind);
  });

  it('is made once only: nobody tries the new connection', async () => {
    const { made, client, kept } = await pinged();
    await kept.fails();
    const fresh = await made.connected(1);
    expect(fresh.taken).not.toContain('HEAD');
    await answered(client, fresh);
  });

  it('has a failing new connection counted against the server, as any', async () => {
    const { made, client, kept } = await pinged();
    await kept.fails();
    await made.server(1).fails('ECONNREFUSED');
    expect(client.taken).toMatch(/^HTTP\/1\.1 502 /);
    expect(made.outcomes).toEqual(['a answered 200', 'a server connect_refused']);
  });

  it('leaves the connection to others when its client leaves', async () => {
    const { made, client, kept } = await pinged();
    await client.fails();
    expect(countsOf(made)).toEqual({ open: 1, idle: 0, waiting: 0 });
    await kept.says(VALID);
    expect(countsOf(made)).toEqual({ open: 1, idle: 1, waiting: 0 });
  });

  it('ends with the engine', async () => {
    const { made, kept } = await pinged();
    made.engine.close();
    expect(kept.isClosed).toBe(true);
  });
});

describe.each(TRANSPORTS)('by %s', (transport) => {
  it('a server that forgets kept connections without closing them costs no request', async () => {
    // As behind a firewall: the first connection answers once, and then nothing comes any more.
    const backend = await startRawBackend((socket, index) => {
      let answered = 0;
      whenSaid(socket, (text) => {
        const requests = text.split('\r\n\r\n').length - 1;
        for (; answered < (index === 0 ? 1 : requests); answered++) socket.write(OK);
      });
    });
    const connections = { validate: 'always', ping: { path: '/', timeout: 300 } } as const;
    const { port, events } = await anEngine({ transport, servers: { a: backend.url }, connections });
    const client = await connectRaw(port);
    client.send(GET);
    await client.hears(/ok$/);
    client.send(GET);
    await client.hears(/ok[\s\S]*ok$/);
    expect(backend.connections).toBe(2);
    expect(events.map(({ kind }) => kind)).toContain('invalid');
  });

  it('a look at the socket sees that the server has closed it', async () => {
    const backend = await startBackend();
    const connections = { validate: 'always' } as const;
    const { port, events } = await anEngine({ transport, servers: { a: backend.url }, connections });
    const client = await connectRaw(port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n');
    await client.hears(/ok$/);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n');
    await client.hears(/ok[\s\S]*ok$/);
    backend.server.closeIdleConnections();
    await eventually(() => backend.open === 0);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n');
    await client.hears(/ok[\s\S]*ok[\s\S]*ok$/);
    expect(backend.requests).toHaveLength(3);
    expect(events.map(({ kind }) => kind)).toContain('validated');
  });
});

it.each([
  ['never', Number.POSITIVE_INFINITY],
  ['always', 0],
  [{ afterIdle: 30_000 }, 30_000],
] as const)('validateAfter says for %j: %d', (validate, ms) => {
  expect(validateAfter(validate)).toBe(ms);
});
