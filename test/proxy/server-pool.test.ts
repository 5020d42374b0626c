import { describe, expect, it } from 'vitest';
import type { FakeConnection } from '../support/a-fake-connection.ts';
import { turn } from '../support/a-fake-connection.ts';
import { aFakeEngine, type FakeEngine } from '../support/a-fake-engine.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const ONE = { a: 'http://127.0.0.1:1' };
const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const post = (path: string): string => `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi`;
const last = ({ taken }: FakeConnection): string | undefined =>
  [...taken.matchAll(/^[A-Z]+ (\S+)/gm)].at(-1)?.[1];

const poolOf = ({ engine, pool }: FakeEngine) => engine.pools.of(pool.servers[0]!);

const isIdle = ({ engine, inFlight }: FakeEngine): void => {
  expect(engine.open).toBe(0);
  expect(inFlight()).toBe(0);
};

/** So many clients, each of which sends one request at once. */
const asking = async (made: FakeEngine, count: number, request = get): Promise<readonly FakeConnection[]> => {
  const clients = Array.from({ length: count }, () => made.client());
  for (const [i, client] of clients.entries()) await client.says(request(`/${i}`));
  return clients;
};

/** An engine with so many kept connections to its one server. */
const withKept = async (count: number, facts: Parameters<typeof aFakeEngine>[0] = {}) => {
  const made = aFakeEngine({ servers: ONE, ...facts });
  await asking(made, count);
  for (let i = 0; i < count; i++) await made.connected(i);
  for (let i = 0; i < count; i++) await made.server(i).says(OK);
  expect(poolOf(made).counts).toEqual({ open: count, idle: count, waiting: 0 });
  return made;
};

describe('kept connections', () => {
  it('are used again, last used first, so that those that are not needed grow old', async () => {
    const made = await withKept(3, { timeouts: { serverIdle: 5000 } });
    const client = made.client();
    for (let i = 0; i < 8; i++) {
      await made.passes(1000);
      await client.says(get(`/again/${i}`));
      await made.server(2).says(OK);
    }
    expect(last(made.server(2))).toBe('/again/7');
    expect([0, 1, 2].map((n) => made.server(n).isClosed)).toEqual([true, true, false]);
    expect(made.opened).toHaveLength(3);
  });

  it.each([
    ['a GET', get, 5000, 1],
    ['a POST', post, 900, 1],
    ['a POST', post, 1200, 2],
  ] as const)('%s (%#): takes one that was used lately enough', async (_, request, ago, count) => {
    const made = await withKept(1, { timeouts: { serverIdle: 60_000 } });
    await made.passes(ago);
    await asking(made, 1, request);
    expect(made.opened).toHaveLength(count);
  });

  it('are closed when their server closes them, and nobody notices', async () => {
    const made = await withKept(2);
    await made.server(1).ends();
    expect(made.server(1).isClosed).toBe(true);
    const [client] = await asking(made, 1);
    await made.server(0).says(OK);
    expect(client!.taken).toMatch(/ 200 OK/);
    expect(made.opened).toHaveLength(2);
  });

  it('are no more than a few hundred', async () => {
    const made = await withKept(256);
    await asking(made, 257);
    await made.connected(256);
    for (let i = 0; i < 257; i++) await made.server(i).says(OK);
    expect(poolOf(made).counts).toEqual({ open: 256, idle: 256, waiting: 0 });
    isIdle(made);
  });

  it('end when their server leaves; those in use end with their request', async () => {
    const made = await withKept(2);
    const [client] = await asking(made, 1);
    made.engine.take(made.engine.settings, []);
    expect(made.server(0).isClosed).toBe(true);
    expect(made.server(1).isClosed).toBe(false);
    await made.server(1).says(OK);
    expect(client!.taken).toMatch(/ 200 OK/);
    expect(made.server(1).isClosed).toBe(true);
    isIdle(made);
  });

  it('are opened ahead, as many as were asked for, and opened anew only when needed', async () => {
    const made = aFakeEngine({ servers: ONE, connections: { warmup: 3, maxConnections: 2 } });
    made.engine.take(made.engine.settings, made.pool.servers);
    expect(made.opened).toHaveLength(2);
    await made.connected(0);
    await made.connected(1);
    expect(poolOf(made).counts).toEqual({ open: 2, idle: 2, waiting: 0 });
    await made.server(0).ends();
    await asking(made, 1);
    expect(last(made.server(1))).toBe('/0');
  });
});

describe('more requests than connections', () => {
  const TWO = { maxConnections: 2, queue: { size: 3, timeout: 2000 } };

  it('wait in line, and are served in order as connections become free', async () => {
    const made = aFakeEngine({ servers: ONE, connections: TWO });
    const clients = await asking(made, 5);
    const [one, two] = [await made.connected(0), await made.connected(1)];
    expect(made.opened).toHaveLength(2);
    expect(poolOf(made).counts).toEqual({ open: 2, idle: 0, waiting: 3 });
    const seen: (string | undefined)[] = [];
    for (const server of [two, one, one, two, one]) {
      seen.push(last(server));
      await server.says(OK);
    }
    expect(seen).toEqual(['/1', '/0', '/3', '/2', '/4']);
    expect(clients.every(({ taken }) => / 200 OK/.test(taken))).toBe(true);
    isIdle(made);
  });

  it('are refused with 503 when the line is full, and the server is not blamed', async () => {
    const made = aFakeEngine({ servers: ONE, connections: TWO });
    const clients = await asking(made, 6);
    expect(clients[5]!.taken).toMatch(/^HTTP\/1\.1 503 [\s\S]*Retry-After: /);
    expect(made.outcomes).toEqual(['a proxy no_server']);
    expect(made.finished).toEqual([expect.objectContaining({ termination: 'queue_full', status: 503 })]);
  });

  it('go to another server when the line is full', async () => {
    const made = aFakeEngine({ connections: { ...TWO, queue: { size: 0, timeout: 1000 } } });
    await asking(made, 3);
    expect(made.opened.map(({ server }) => server)).toEqual(['a', 'a', 'b']);
  });

  it('are refused when they waited too long, each after its own time', async () => {
    const made = aFakeEngine({ servers: ONE, connections: { ...TWO, maxConnections: 1 } });
    await asking(made, 1);
    await made.connected(0);
    const [early] = await asking(made, 1);
    await made.passes(1500);
    const [late] = await asking(made, 1);
    await made.passes(600);
    expect(early!.taken).toMatch(/^HTTP\/1\.1 503 /);
    expect(late!.taken).toBe('');
    await made.passes(1500);
    expect(late!.taken).toMatch(/^HTTP\/1\.1 503 /);
    await made.server(0).says(OK);
    isIdle(made);
  });

  it('keep their place and their time when somebody else takes a connection that has just become free', async () => {
    const made = aFakeEngine({
      servers: ONE,
      connections: { maxConnections: 1, queue: { size: 3, timeout: 2000 } },
    });
    await asking(made, 1);
    const first = await made.connected(0);
    const [waiting, behind] = await asking(made, 2);
    await made.passes(1000);
    const thief = made.client();
    // In one turn: the connection breaks, and a request comes before the line has moved on.
    void first.fails();
    void thief.says(get('/thief'));
    await turn();
    await made.passes(1100);
    expect(waiting!.taken).toMatch(/^HTTP\/1\.1 (503|200) /);
    expect(behind!.taken).toMatch(/^HTTP\/1\.1 (503|200) /);
  });

  it('leave the line when their client leaves', async () => {
    const made = aFakeEngine({ servers: ONE, connections: TWO });
    const clients = await asking(made, 4);
    await made.connected(0);
    await made.connected(1);
    await clients[2]!.fails();
    expect(poolOf(made).counts.waiting).toBe(1);
    await made.server(0).says(OK);
    expect(last(made.server(0))).toBe('/3');
  });

  it('get a new connection for one that broke', async () => {
    const made = aFakeEngine({
      servers: ONE,
      connections: { maxConnections: 1, queue: { size: 3, timeout: 2000 } },
    });
    const clients = await asking(made, 2);
    await (await made.connected(0)).fails();
    expect(clients[0]!.taken).toMatch(/^HTTP\/1\.1 502 /);
    await (await made.connected(1)).says(OK);
    expect(clients[1]!.taken).toMatch(/ 200 OK/);
    isIdle(made);
  });

  it('have room when an old connection that a POST may not use can make way', async () => {
    const made = await withKept(1, { connections: { maxConnections: 1 }, timeouts: { serverIdle: 60_000 } });
    await made.passes(2000);
    await asking(made, 1, post);
    expect(made.server(0).isClosed).toBe(true);
    expect(last(await made.connected(1))).toBe('/0');
  });

  it('have room for a repetition on a new connection', async () => {
    const made = await withKept(1, { connections: { maxConnections: 1 } });
    const [client, other] = await asking(made, 2);
    await made.server(0).fails();
    const fresh = await made.connected(1);
    await fresh.says(OK);
    await fresh.says(OK);
    expect(client!.taken).toMatch(/ 200 OK/);
    expect(other!.taken).toMatch(/ 200 OK/);
    isIdle(made);
  });
});

describe('a server that has left', () => {
  it('leaves nothing behind in the engine once its last request is answered', async () => {
    const made = await withKept(1);
    const { sweep } = made.engine;
    const pool = poolOf(made);
    const deleted: unknown[] = [];
    const forget = sweep.delete.bind(sweep);
    sweep.delete = (one) => {
      deleted.push(one);
      forget(one);
    };
    await asking(made, 1);
    made.engine.take(made.engine.settings, []);
    await made.server(0).says(OK);
    expect(made.engine.pools.list()).toEqual([]);
    expect(deleted).toContain(pool);
  });

  it('while a connection to it is being made: its client may leave too', async () => {
    const made = aFakeEngine({ servers: ONE });
    const [client] = await asking(made, 1);
    made.engine.take(made.engine.settings, []);
    await client!.fails();
    expect(made.server(0).isClosed).toBe(true);
    expect(made.engine.pools.list()).toEqual([]);
    isIdle(made);
  });
});

it('a connection that cannot even be tried is a failed attempt', async () => {
  const made = aFakeEngine({
    parts: {
      connect: () => {
        throw new Error('no more sockets');
      },
    },
  });
  const [client] = await asking(made, 1);
  expect(client!.taken).toMatch(/^HTTP\/1\.1 502 /);
  expect(made.outcomes).toEqual([
    'a server connect_error',
    'b server connect_error',
    'c server connect_error',
  ]);
  isIdle(made);
});

it('tells what happens to connections', async () => {
  const made = await withKept(1);
  await asking(made, 1);
  await made.server(0).fails('EPIPE');
  await made.server(1).fails('ECONNREFUSED');
  expect(made.events.map(({ kind, detail }) => `${kind} ${detail}`.trim())).toEqual([
    'opened',
    'reused',
    'closed EPIPE',
    'failed ECONNREFUSED',
  ]);
});

it('looks a name up once for all who wait, and goes through its addresses', async () => {
  const made = aFakeEngine({ servers: { a: 'http://localhost:1' } });
  const clients = await asking(made, 3);
  while (made.opened.length < 3) await turn();
  expect(
    made.opened.every(({ address }) => address.kind === 'tcp' && /^(127\.0\.0\.1|::1)$/.test(address.host)),
  ).toBe(true);
  for (const client of clients) await client.fails();
  expect(made.opened.every(({ connection }) => connection.isClosed)).toBe(true);
  isIdle(made);
});

it('a name that is not known is a failed attempt', async () => {
  const made = aFakeEngine({ servers: { a: 'http://name.invalid:1' } });
  const [client] = await asking(made, 1);
  while (client!.taken === '') await turn();
  expect(client!.taken).toMatch(/^HTTP\/1\.1 502 /);
  expect(made.outcomes).toEqual(['a server connect_error']);
  isIdle(made);
});
