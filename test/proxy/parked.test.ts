import { describe, expect, it } from 'vitest';
import type { RequestView } from '../../src/core/types.ts';
import { type FakeConnection, turn } from '../support/a-fake-connection.ts';
import { aFakeEngine, type FakeEngine } from '../support/a-fake-engine.ts';
import type { EngineFacts } from '../support/an-engine.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const get = (path: string, fields = ''): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`;
const put = (size: number): string => `PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\n\r\n`;

interface Parking {
  readonly made: FakeEngine;
  readonly client: FakeConnection;
  /** What was asked, in order, and what lets it go on. */
  readonly asked: { readonly path: string; readonly go: () => void }[];
  /** Lets the n-th go on. */
  go(n: number): Promise<void>;
}

/** An engine that parks every request that the test does not let through. */
const parking = (
  facts: Partial<EngineFacts> = {},
  parks: (request: RequestView) => boolean = () => true,
): Parking => {
  const asked: Parking['asked'] = [];
  const refresh = (request: RequestView, go: () => void): boolean => {
    asked.push({ path: request.path, go });
    return parks(request);
  };
  const made = aFakeEngine({ ...facts, parts: { ...facts.parts, refresh } });
  const go = (n: number): Promise<void> => {
    asked[n]!.go();
    return turn();
  };
  return { made, client: made.client(), asked, go };
};

const isGone = ({ engine, inFlight }: FakeEngine): void => {
  expect(engine.open).toBe(0);
  expect(inFlight()).toBe(0);
};

describe('a parked request', () => {
  it('goes to no server before the numbers are there, and then as if nothing had been', async () => {
    const { made, client, asked, go } = parking();
    await client.says(get('/x?y=1', 'X-Own: mine\r\n'));
    expect(asked).toMatchObject([{ path: '/x' }]);
    expect([made.opened.length, made.engine.open]).toEqual([0, 1]);
    await go(0);
    const server = await made.connected(0);
    expect(server.taken).toMatch(/^GET \/x\?y=1 HTTP\/1\.1\r\n[\s\S]*X-Own: mine\r\n[\s\S]*\r\n\r\n$/);
    await server.says(OK);
    expect(client.taken).toMatch(/^HTTP\/1\.1 200 OK/);
    isGone(made);
  });

  it('is decided by what is true then', async () => {
    const seen: number[] = [];
    const { made, client, go } = parking();
    const { choose } = made.engine.parts;
    made.engine.parts.choose = (request, now) => {
      seen.push(now);
      return choose(request, now);
    };
    await client.says(get('/'));
    made.board.setHand('web', 'a', { state: 'drain', reason: '' });
    await made.passes(40);
    await go(0);
    expect(made.opened.map(({ server }) => server)).toEqual(['b']);
    expect(seen).toEqual([made.engine.parts.now()]);
    await client.fails();
    isGone(made);
  });

  it('shows its fields to whoever is asked', async () => {
    const seen: (string | undefined)[] = [];
    const { made, client } = parking({}, (request) => {
      seen.push(request.method, request.host, request.header('x-own'), request.cookie('k'));
      return false;
    });
    await client.says(get('/', 'X-Own: mine\r\nCookie: k=v\r\n'));
    expect(seen).toEqual(['GET', 'a', 'mine', 'v']);
    expect(made.opened).toHaveLength(1);
  });

  it.each([
    ['in one piece', (text: string) => [text]],
    ['in pieces', (text: string) => text.match(/[\s\S]{1,700}/g) ?? []],
    ['with its head in two', (text: string) => [text.slice(0, 20), text.slice(20)]],
  ])('keeps content that comes early, %s', async (_, cut) => {
    const { made, client, go } = parking();
    await client.says(...cut(`${put(5000)}${'x'.repeat(3000)}`));
    expect(made.opened).toHaveLength(0);
    await go(0);
    const server = await made.connected(0);
    await client.says('y'.repeat(2000));
    expect(server.taken).toMatch(/\r\n\r\nx{3000}y{2000}$/);
    await server.says(OK);
    expect(made.finished).toEqual([expect.objectContaining({ bytesIn: 5000, status: 200 })]);
    isGone(made);
  });

  it('keeps chunked content with its trailers', async () => {
    const content = '3\r\nabc\r\n5\r\ndefgh\r\n0\r\nX-Trailer: t\r\n\r\n';
    const { made, client, go } = parking();
    await client.says('PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n', content.slice(0, 9));
    await go(0);
    const server = await made.connected(0);
    await client.says(content.slice(9));
    expect(server.taken).toContain(`\r\n\r\n${content.slice(0, -2)}`);
    await server.says(OK);
    isGone(made);
  });

  it('stops a client that sends much, and gets all of it in the end', async () => {
    const { made, client, go } = parking();
    await client.says(put(300_000), ...Array.from({ length: 30 }, (_, i) => String(i % 10).repeat(10_000)));
    expect(client.isReading).toBe(false);
    await go(0);
    const server = await made.connected(0);
    while (client.isReading && !/9{10000}$/.test(server.taken)) await client.hears();
    await client.hears();
    expect(server.taken.length).toBeGreaterThan(300_000);
    expect(server.taken.slice(-20_000)).toBe('8'.repeat(10_000) + '9'.repeat(10_000));
    await server.says(OK);
    expect(client.taken).toMatch(/ 200 OK/);
    isGone(made);
  });

  it('shows early content to whoever looks at bodies', async () => {
    const pieces: string[] = [];
    const tap = {
      request: (bytes: Buffer, start: number, end: number) =>
        void pieces.push(bytes.toString('latin1', start, end)),
    };
    const { made, client, go } = parking({ parts: { tap: () => tap } });
    await client.says(`${put(8)}early`);
    await go(0);
    const server = await made.connected(0);
    await client.says('one');
    expect(pieces.join('')).toBe('earlyone');
    await server.says(OK);
    isGone(made);
  });

  it('lets those that came behind it wait their turn, each to be asked for by itself', async () => {
    const { made, client, asked, go } = parking();
    await client.says(get('/1') + get('/2') + get('/3'));
    expect(asked.map(({ path }) => path)).toEqual(['/1']);
    for (const n of [0, 1, 2]) {
      await go(n);
      if (n === 0) await made.connected(0);
      await made.server(0).says(`HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${n}`);
    }
    expect(asked.map(({ path }) => path)).toEqual(['/1', '/2', '/3']);
    expect(client.taken.match(/\r\n\r\n\d/g)).toEqual(['\r\n\r\n0', '\r\n\r\n1', '\r\n\r\n2']);
    isGone(made);
  });

  it('stops a client that sends more requests than may wait, and serves them all', async () => {
    const { made, client, go } = parking({}, ({ path }) => path === '/first');
    await client.says(
      get('/first'),
      ...Array.from({ length: 60 }, () => get('/next', `X: ${'x'.repeat(2000)}\r\n`)),
    );
    expect(client.isReading).toBe(false);
    await go(0);
    const server = await made.connected(0);
    for (let i = 0; i < 61; i++) {
      await server.says(OK);
      await client.hears();
    }
    expect(client.taken.match(/200 OK/g)).toHaveLength(61);
    isGone(made);
  });

  it.each([
    ['resets', (client: FakeConnection) => client.fails()],
    ['ends', (client: FakeConnection) => client.ends()],
  ])('is forgotten when its client %s, and what lets it go on does nothing then', async (_, leave) => {
    const { made, client, go } = parking();
    await client.says(`${put(10)}some`);
    await leave(client);
    await go(0);
    expect(made.opened).toHaveLength(0);
    expect(made.finished).toEqual([expect.objectContaining({ termination: 'client_abort', attempts: 0 })]);
    expect(made.engine.clients.size).toBe(0);
    isGone(made);
  });

  it('is decided by the old numbers when no others come within five seconds', async () => {
    const { made, client, go } = parking();
    await client.says(get('/'));
    await made.passes(4900);
    expect(made.opened).toHaveLength(0);
    await made.passes(200);
    const server = await made.connected(0);
    await go(0);
    await server.says(OK);
    expect(made.opened).toHaveLength(1);
    expect(client.taken.match(/200 OK/g)).toHaveLength(1);
    isGone(made);
  });

  it('is not the next one: what let the last one go on lets nothing else go', async () => {
    const { made, client, go } = parking();
    await client.says(get('/1'));
    await go(0);
    await (await made.connected(0)).says(OK);
    await client.says(get('/2'));
    await go(0);
    expect(made.server(0).taken.match(/GET/g)).toHaveLength(1);
    await go(1);
    await go(1);
    expect(made.server(0).taken.match(/GET/g)).toHaveLength(2);
    await made.server(0).says(OK);
    isGone(made);
  });

  it('is not parked when the numbers are there at once', async () => {
    const made = aFakeEngine({
      parts: {
        refresh: (_, go) => {
          go();
          return true;
        },
      },
    });
    await made.client().says(get('/'));
    expect(made.opened).toHaveLength(1);
  });

  it('has the time of every body, once it goes on', async () => {
    const { made, client, go } = parking({ timeouts: { request: 2000 } });
    await client.says(`${put(10)}some`);
    await made.passes(500);
    await go(0);
    await made.connected(0);
    await made.passes(1900);
    expect(client.taken).toBe('');
    await made.passes(300);
    expect(client.taken).toMatch(/^HTTP\/1\.1 408 /);
    isGone(made);
  });

  it.each([
    ['too many are under way', { limits: { inFlight: 0 } }, get('/'), 503],
    ['it is broken', {}, get('/%zz'), 400],
  ])('is not even asked about when %s', async (_, facts, text, status) => {
    const { made, client, asked } = parking(facts);
    await client.says(text);
    expect(asked).toEqual([]);
    expect(client.taken).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    isGone(made);
  });

  it('may be refused once it is decided', async () => {
    const { made, client, go } = parking({ match: { path: '/known' } });
    await client.says(`${put(4)}some${get('/known')}`);
    await go(0);
    expect(client.taken).toMatch(/^HTTP\/1\.1 404 /);
    await go(1);
    await (await made.connected(0)).says(OK);
    expect(client.taken).toMatch(/ 404 [\s\S]* 200 OK/);
    isGone(made);
  });

  it('gets the credentials of its pool', async () => {
    const { made, client, go } = parking({ connections: { authorization: () => 'Basic eA==' } });
    await client.says(get('/', 'Authorization: Basic bWluZQ==\r\n'));
    await go(0);
    const { taken } = await made.connected(0);
    expect(taken.match(/Authorization: .*/g)).toEqual(['Authorization: Basic eA==']);
  });

  it('ends with the engine', async () => {
    const { made, client, go } = parking();
    await client.says(get('/'));
    made.engine.close();
    await go(0);
    expect(client.isClosed).toBe(true);
    expect(made.opened).toHaveLength(0);
    isGone(made);
  });

  it('is finished when the engine drains, and its connection ends behind it', async () => {
    const { made, client, go } = parking();
    await client.says(get('/'));
    const drained = made.engine.drain(60_000);
    await go(0);
    await (await made.connected(0)).says(OK);
    expect(client.taken).toMatch(/ 200 OK[\s\S]*Connection: close/);
    await client.ends();
    expect(await drained).toBe(true);
  });

  it('takes a fault of whoever is asked for a fault of its own', async () => {
    const { made, client } = parking({}, () => {
      throw new Error('no');
    });
    await client.says(get('/'));
    expect(made.faults.splice(0)).toEqual([new Error('no')]);
    expect(client.isClosed).toBe(true);
    isGone(made);
  });

  it('does not hold its wait against the server', async () => {
    const { made, client, go } = parking();
    await client.says(get('/'));
    await made.passes(300);
    await go(0);
    const server = await made.connected(0);
    await made.passes(20);
    await server.says(OK);
    expect(made.pool.servers[0]!.latency).toBe(20);
    expect(made.finished).toEqual([expect.objectContaining({ firstByte: 320 })]);
  });
});
