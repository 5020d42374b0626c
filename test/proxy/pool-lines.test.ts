import { describe, expect, it } from 'vitest';
import type { LinkSpec } from '../../src/core/chain.ts';
import type { FakeConnection } from '../support/a-fake-connection.ts';
import { aFakeEngine, type FakeEngine } from '../support/a-fake-engine.ts';
import { aLink } from '../support/an-application.ts';
import type { EngineFacts } from '../support/an-engine.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const CLOSING = 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok';

/** `/a/x` is for server a, then for the others in their order. */
const byPath = aLink('by path', (servers, { request }) => {
  const id = request.path.split('/')[1];
  return servers.toSorted((a, b) => Number(b.id === id) - Number(a.id === id));
});

/** As `byPath`, and no other server will do. */
const onlyByPath = aLink('only by path', (servers, { request }) =>
  servers.filter(({ id }) => id === request.path.split('/')[1]),
);

const QUEUE = { size: 8, timeout: 2000 };

/** Servers that take one connection each. */
const narrow = (
  queue: { readonly size: number; readonly timeout: number; readonly total?: number } = QUEUE,
  links: readonly LinkSpec[] = [byPath],
  facts: Partial<EngineFacts> = {},
): FakeEngine => aFakeEngine({ links, connections: { maxConnections: 1, queue }, ...facts });

const asks = async (made: FakeEngine, ...paths: readonly string[]): Promise<readonly FakeConnection[]> => {
  const clients: FakeConnection[] = [];
  for (const path of paths) {
    const client = made.client();
    await client.says(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    clients.push(client);
  }
  return clients;
};

const lastPath = ({ taken }: FakeConnection): string | undefined =>
  [...taken.matchAll(/^GET (\S+)/gm)].at(-1)?.[1];

const waiting = ({ engine, pool }: FakeEngine): number => {
  const lines = pool.servers.map((server) => engine.pools.counts(server)?.waiting ?? 0);
  const total = lines.reduce((sum, count) => sum + count, 0);
  expect(engine.lines.of('web').length).toBe(total);
  return total;
};

const isIdle = (made: FakeEngine): void => {
  expect(made.engine.open).toBe(0);
  expect(made.inFlight()).toBe(0);
  expect(waiting(made)).toBe(0);
};

describe('requests that wait for one server', () => {
  it('go to another one that gets free, who came first goes first', async () => {
    const made = narrow();
    await asks(made, '/a/1', '/b/1');
    const [a, b] = [await made.connected(0), await made.connected(1)];
    const [second, third] = await asks(made, '/a/2', '/a/3');
    expect([made.opened.length, waiting(made)]).toEqual([2, 2]);
    await b.says(OK);
    expect(lastPath(b)).toBe('/a/2');
    expect(made.pool.servers.map(({ inFlight }) => inFlight)).toEqual([2, 1, 0]);
    await b.says(OK);
    expect(second!.taken).toMatch(/ 200 OK/);
    expect(lastPath(b)).toBe('/a/3');
    await b.says(OK);
    expect(third!.taken).toMatch(/ 200 OK/);
    await a.says(OK);
    expect(made.outcomes.filter((outcome) => outcome.includes('proxy'))).toEqual([
      'a proxy no_server',
      'a proxy no_server',
    ]);
    expect(made.finished.map(({ server, attempts }) => [server, attempts])).toEqual([
      ['b', 1],
      ['b', 1],
      ['b', 1],
      ['a', 1],
    ]);
    isIdle(made);
  });

  it('also to one that closes its connection behind each answer', async () => {
    const made = narrow();
    await asks(made, '/a/1', '/b/1');
    await made.connected(0);
    await made.connected(1);
    await asks(made, '/a/2');
    await made.server(1).says(CLOSING);
    expect(made.opened.map(({ server }) => server)).toEqual(['a', 'b', 'b']);
    expect(lastPath(await made.connected(2))).toBe('/a/2');
    expect(waiting(made)).toBe(0);
  });

  it('stay where their own server has the next place', async () => {
    const made = narrow();
    await asks(made, '/a/1', '/b/1');
    const [a, b] = [await made.connected(0), await made.connected(1)];
    await asks(made, '/a/2', '/b/2');
    await b.says(OK);
    expect(lastPath(b)).toBe('/b/2');
    await a.says(OK);
    expect(lastPath(a)).toBe('/a/2');
    expect(waiting(made)).toBe(0);
  });

  it('stay where their decision has no other server', async () => {
    const made = narrow(QUEUE, [onlyByPath]);
    await asks(made, '/a/1', '/b/1');
    const [a, b] = [await made.connected(0), await made.connected(1)];
    await asks(made, '/a/2');
    await b.says(OK);
    expect(waiting(made)).toBe(1);
    await a.says(OK);
    expect(lastPath(a)).toBe('/a/2');
  });

  it('let those go first that may, when they may not themselves', async () => {
    const mixed = aLink('mixed', (servers, { request }) => {
      const [, id, , rule] = request.path.split('/');
      if (rule === 'only') return servers.filter((server) => server.id === id);
      return servers.toSorted((x, y) => Number(y.id === id) - Number(x.id === id));
    });
    const made = narrow(QUEUE, [mixed]);
    await asks(made, '/a/1', '/b/1');
    await made.connected(0);
    const b = await made.connected(1);
    await asks(made, '/a/2/only', '/a/3');
    await b.says(OK);
    expect(lastPath(b)).toBe('/a/3');
    expect(waiting(made)).toBe(1);
  });

  it('do not go to a server that was drained, has left, or cannot be reached', async () => {
    const made = narrow();
    await asks(made, '/a/1', '/b/1', '/c/1');
    await made.connected(0);
    const b = await made.connected(1);
    await asks(made, '/a/2');
    made.board.setHand('web', 'b', { state: 'drain', reason: '' });
    await b.says(OK);
    await made.server(2).fails('ECONNREFUSED');
    expect(made.opened.map(({ server }) => server)).toEqual(['a', 'b', 'c']);
    expect(waiting(made)).toBe(2);
  });

  it('can leave after they have moved', async () => {
    const made = narrow();
    const [one] = await asks(made, '/a/1', '/b/1');
    await made.connected(0);
    const b = await made.connected(1);
    const [moved] = await asks(made, '/a/2');
    await b.says(OK);
    await moved!.fails();
    expect(b.isClosed).toBe(true);
    await one!.fails();
    isIdle(made);
  });

  it('are tried elsewhere when the server fails that they have moved to, but not there again', async () => {
    const made = narrow();
    await asks(made, '/a/1', '/b/1');
    await made.connected(0);
    const b = await made.connected(1);
    const [moved] = await asks(made, '/a/2');
    await b.says(OK);
    await b.says('what?\r\n\r\n');
    expect(made.opened.map(({ server }) => server)).toEqual(['a', 'b', 'c']);
    await (await made.connected(2)).says(OK);
    expect(moved!.taken).toMatch(/ 200 OK/);
  });
});

describe('the line of a whole pool', () => {
  it.each([
    [0, 2],
    [1, 3],
    [3, 5],
  ])('has room for %d: of six requests %d are not refused', async (total, kept) => {
    const made = narrow({ ...QUEUE, total }, [byPath], {
      servers: { a: 'http://127.0.0.1:1', b: 'http://127.0.0.1:2' },
    });
    const clients = await asks(made, '/a/1', '/b/1', '/a/2', '/b/2', '/a/3', '/b/3');
    const refused = clients.filter(({ taken }) => taken !== '');
    expect(refused).toHaveLength(6 - kept);
    for (const { taken } of refused) expect(taken).toMatch(/^HTTP\/1\.1 503 [\s\S]*Retry-After: 1\r\n/);
    expect(waiting(made)).toBe(total);
    for (const client of clients) await client.fails();
    isIdle(made);
  });

  it('is left when the time is over, which is one for all servers that are tried', async () => {
    const made = narrow({ size: 8, timeout: 1000 });
    await asks(made, '/a/1', '/b/1', '/c/1');
    for (const n of [0, 1, 2]) await made.connected(n);
    const [late] = await asks(made, '/a/2');
    await made.passes(900);
    expect(late!.taken).toBe('');
    await made.passes(200);
    expect(late!.taken).toMatch(/^HTTP\/1\.1 503 [\s\S]*Retry-After: 1\r\n/);
    expect(made.finished).toEqual([expect.objectContaining({ termination: 'queue_full', status: 503 })]);
    expect(waiting(made)).toBe(0);
  });

  it('is left for a server that has a place when the time is over', async () => {
    const made = narrow({ size: 8, timeout: 1000 });
    await asks(made, '/a/1');
    await made.connected(0);
    const [late] = await asks(made, '/a/2');
    await made.passes(1100);
    expect(made.opened.map(({ server }) => server)).toEqual(['a', 'b']);
    await (await made.connected(1)).says(OK);
    expect(late!.taken).toMatch(/ 200 OK/);
  });

  it('may be entered anew by a request that a server has had meanwhile', async () => {
    const made = narrow({ size: 8, timeout: 1000 });
    await asks(made, '/a/1', '/b/1', '/c/1');
    for (const n of [0, 1, 2]) await made.connected(n);
    await asks(made, '/a/2');
    await made.passes(800);
    await made.server(0).says(OK);
    expect(lastPath(made.server(0))).toBe('/a/2');
    await made.passes(800);
    await made.server(0).says('what?\r\n\r\n');
    expect(waiting(made)).toBe(1);
    await made.server(1).says(OK);
    expect(lastPath(made.server(1))).toBe('/a/2');
  });
});
