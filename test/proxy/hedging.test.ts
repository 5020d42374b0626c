import { describe, expect, it } from 'vitest';
import { type FakeConnection, turn } from '../support/a-fake-connection.ts';
import { aFakeEngine, type FakeEngine } from '../support/a-fake-engine.ts';
import type { EngineFacts } from '../support/an-engine.ts';

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const answer = (text: string, status = 200): string =>
  `HTTP/1.1 ${status} Said\r\nContent-Length: ${text.length}\r\n\r\n${text}`;
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const AFTER = 50;

/** An engine whose one route hedges after 50 ms, as often as it wants. */
const hedging = (facts: Partial<EngineFacts> = {}, budget = 1): FakeEngine =>
  aFakeEngine({ ...facts, route: { hedge: { after: AFTER, budget }, ...facts.route } });

const passes = async (made: FakeEngine, ms: number): Promise<void> => {
  await made.passes(ms);
  made.engine.hedging.look();
  await turn();
};

const isGone = ({ engine, inFlight }: FakeEngine): void => {
  expect(engine.open).toBe(0);
  expect(inFlight()).toBe(0);
  for (const { counts } of engine.pools.list())
    expect(counts).toEqual({ open: counts.idle, idle: counts.idle, waiting: 0 });
};

/** A request whose first server has said nothing for so long that a copy is on its way to the second. */
const racing = async (facts: Partial<EngineFacts> = {}, request = GET) => {
  const made = hedging(facts);
  const client = made.client();
  await client.says(request);
  const first = await made.connected(0);
  await passes(made, AFTER);
  expect(made.opened.map(({ server }) => server)).toEqual(['a', 'b']);
  const second = await made.connected(1);
  return { made, client, first, second };
};

describe('a copy', () => {
  it('wins when the first server hangs: its answer is the answer, and the first is left alone', async () => {
    const { made, client, first, second } = await racing();
    expect(second.taken).toBe(first.taken);
    await second.says(OK);
    expect(client.taken).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*\r\n\r\nok$/);
    expect(first.isClosed).toBe(true);
    expect(made.outcomes).toEqual(['a proxy client_abort', 'b answered 200']);
    expect(made.finished).toEqual([
      expect.objectContaining({ attempts: 1, hedges: 1, hedgesWon: 1, server: 'b', status: 200 }),
    ]);
    isGone(made);
  });

  it('is called off when the first server answers after all', async () => {
    const { made, client, first, second } = await racing();
    await first.says(OK);
    expect(client.taken).toMatch(/ 200 OK/);
    expect(second.isClosed).toBe(true);
    expect(made.outcomes).toEqual(['b proxy client_abort', 'a answered 200']);
    expect(made.finished).toEqual([expect.objectContaining({ hedges: 1, hedgesWon: 0, server: 'a' })]);
    isGone(made);
  });

  it.each([
    ['connecting', 0],
    ['waiting for its answer', 1],
  ])('that is %s leaves nothing behind', async (_, connects) => {
    const made = hedging();
    const client = made.client();
    await client.says(GET);
    await passes(made, AFTER);
    if (connects === 1) await made.connected(1);
    await (await made.connected(0)).says(OK);
    expect(client.taken).toMatch(/ 200 OK/);
    expect(made.server(1).isClosed).toBe(true);
    isGone(made);
  });

  it('is sent once, however long both are silent', async () => {
    const { made, second } = await racing();
    await passes(made, 1000);
    await passes(made, 1000);
    expect(made.opened).toHaveLength(2);
    await second.says(OK);
    isGone(made);
  });

  it('is not the last use of its connection, nor of the client', async () => {
    const { made, client, second } = await racing({}, GET + GET);
    await second.says(OK);
    client.takeAll();
    await made.connected(2);
    await made.server(2).says(OK);
    expect(client.taken).toMatch(/ 200 OK/);
    expect(made.finished.map(({ server }) => server)).toEqual(['b', 'a']);
    isGone(made);
  });

  it('has all of the content that came', async () => {
    const request = 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 40000\r\n\r\n';
    const made = hedging();
    const client = made.client();
    await client.says(request);
    const first = await made.connected(0);
    await client.says('x'.repeat(25_000), 'y'.repeat(15_000));
    await passes(made, AFTER);
    const second = await made.connected(1);
    expect(second.taken).toMatch(/\r\n\r\nx{25000}y{15000}$/);
    expect(second.taken).toBe(first.taken);
    await second.says(OK);
    isGone(made);
  });

  it('is still being written when the other one is answered: neither touches what the other was given', async () => {
    const made = hedging();
    const client = made.client();
    await client.says(GET);
    const first = made.server(0);
    first.takes = false;
    await first.connects();
    await passes(made, AFTER);
    const second = await made.connected(1);
    expect(second.taken).toMatch(/^GET \/ [\s\S]*\r\n\r\n$/);
    await second.says(OK);
    await first.drains();
    expect(first.taken).toBe(second.taken);
    expect(client.taken).toMatch(/ 200 OK/);
    isGone(made);
  });

  it('does not make its server look slow: what it waited before counts for nobody', async () => {
    const { made, second } = await racing();
    await made.passes(20);
    await second.says(OK);
    expect(made.pool.servers.map(({ latency }) => latency)).toEqual([Number.NaN, 20, Number.NaN]);
    expect(made.finished).toEqual([expect.objectContaining({ firstByte: AFTER + 20 })]);
  });
});

describe('no copy is sent', () => {
  const request = (method: string, fields = '', content = ''): string =>
    `${method} / HTTP/1.1\r\nHost: a\r\n${fields}\r\n${content}`;

  it.each([
    ['of a POST', request('POST', 'Content-Length: 2\r\n', 'hi')],
    ['of a POST without content', request('POST')],
    ['of a PATCH', request('PATCH', 'Content-Length: 2\r\n', 'hi')],
    ['of a method that nobody knows', request('QUERY')],
    ['of a PUT whose content is not whole', request('PUT', 'Content-Length: 9\r\n', 'hi')],
    ['of a switch of protocols', request('GET', 'Connection: Upgrade\r\nUpgrade: websocket\r\n')],
  ])('%s', async (_, text) => {
    const made = hedging();
    await made.client().says(text);
    await made.connected(0);
    await passes(made, 1000);
    expect(made.opened).toHaveLength(1);
  });

  it.each([
    ['a part of the head', 'HTTP/1.1 200 OK\r\nConte'],
    ['an interim answer', 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'],
    ['the answer, but not all of its content', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi'],
  ])('when %s is there', async (_, text) => {
    const made = hedging();
    await made.client().says(GET);
    await (await made.connected(0)).says(text);
    await passes(made, 1000);
    expect(made.opened).toHaveLength(1);
  });

  it('of content that is too long to be kept', async () => {
    const made = hedging();
    const client = made.client();
    await client.says('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n');
    await made.connected(0);
    await client.says('x'.repeat(50_000), 'x'.repeat(40_000));
    await passes(made, 1000);
    expect(made.opened).toHaveLength(1);
  });

  it('before its time, nor on a route that does not want any', async () => {
    const early = hedging();
    await early.client().says(GET);
    await passes(early, AFTER - 1);
    const without = aFakeEngine();
    await without.client().says(GET);
    await passes(without, 1000);
    expect([early, without].map(({ opened }) => opened.length)).toEqual([1, 1]);
  });

  it('where there is no second server', async () => {
    const made = hedging({ servers: { a: 'http://127.0.0.1:1' } });
    await made.client().says(GET);
    await passes(made, 1000);
    expect(made.opened).toHaveLength(1);
  });

  it.each([
    [1, 2],
    [2, 1],
  ])('where the second server has %d more requests than the first', async (more, count) => {
    const made = hedging();
    for (let i = 0; i < more; i++) made.board.begin(made.pool.servers[1]!, 0);
    await made.client().says(GET);
    await passes(made, AFTER);
    expect(made.opened).toHaveLength(count);
  });

  it('where the second server has no room for another connection', async () => {
    const made = hedging({ connections: { maxConnections: 1 } });
    made.engine.pools.of(made.pool.servers[1]!).warmUp(1);
    await made.client().says(GET);
    await passes(made, AFTER);
    expect(made.opened.map(({ server }) => server)).toEqual(['b', 'a']);
  });

  it('where requests of the pool wait for connections', async () => {
    const made = hedging({ connections: { maxConnections: 1 } });
    await made.client().says(GET);
    await made.client().says(GET);
    await passes(made, AFTER);
    expect(made.opened).toHaveLength(1);
  });

  it.each([
    [0.3, 2],
    [0.04, 1],
  ])('where machines that are %d idle have no time: %d attempts', async (cpuIdle, count) => {
    const made = hedging();
    for (const server of made.pool.servers)
      made.board.hearInBand(server, { stats: { cpuIdle }, heardAt: 0, by: 'answer' });
    await made.client().says(GET);
    await passes(made, AFTER);
    expect(made.opened).toHaveLength(count);
  });

  it('beyond the budget of its route', async () => {
    const made = hedging({ timeouts: { connect: 60_000 } }, 0.05);
    const clients: FakeConnection[] = [];
    for (let i = 0; i < 200; i++) {
      clients.push(made.client());
      await clients[i]!.says(GET);
      await passes(made, AFTER);
    }
    expect(made.opened).toHaveLength(210);
    for (const client of clients) await client.fails();
    expect(made.finished.filter(({ hedges }) => hedges === 1)).toHaveLength(10);
    isGone(made);
  });
});

describe('after its own p95', () => {
  const answered = async (made: FakeEngine, times: number, ms: number): Promise<void> => {
    const client = made.client();
    for (let i = 0; i < times; i++) {
      await client.says(GET);
      if (made.opened.length === 1 && i === 0) await made.connected(0);
      await made.passes(ms);
      await made.server(0).says(OK);
    }
  };
  const learning = () => hedging({ route: { hedge: { after: 'p95', budget: 1 } } });

  it('a route hedges once it knows it', async () => {
    const made = learning();
    await answered(made, 60, 30);
    const client = made.client();
    await client.says(GET);
    await passes(made, 27);
    expect(made.opened).toHaveLength(1);
    await passes(made, 6);
    expect(made.opened.map(({ server }) => server)).toEqual(['a', 'b']);
    await client.fails();
    isGone(made);
  });

  it('a route that knows nothing yet does not hedge', async () => {
    const made = learning();
    await answered(made, 40, 30);
    await made.client().says(GET);
    await passes(made, 4000);
    expect(made.opened).toHaveLength(1);
  });
});

describe('of two attempts', () => {
  type Way = (server: FakeConnection) => Promise<void>;
  const resets: Way = (server) => server.fails();
  const babbles: Way = (server) => server.says('what?\r\n\r\n');
  const regrets: Way = (server) => server.says(answer('busy', 503));

  it.each([
    ['resets', 'first', resets, 'reset'],
    ['resets', 'second', resets, 'reset'],
    ['babbles', 'first', babbles, 'bad_response'],
    ['babbles', 'second', babbles, 'bad_response'],
    ['answers 503', 'first', regrets, 'bad_response'],
    ['answers 503', 'second', regrets, 'bad_response'],
  ] as const)(
    'one that %s (the %s) leaves the other to go on, and costs no retry',
    async (_, which, way, reason) => {
      const { made, client, first, second } = await racing({ retry: { attempts: 0, budget: 0 } });
      const [loser, winner] = which === 'first' ? [first, second] : [second, first];
      await way(loser);
      expect(client.taken).toBe('');
      expect(loser.isClosed).toBe(true);
      await winner.says(OK);
      expect(client.taken).toMatch(/^HTTP\/1\.1 200 OK/);
      const [bad, good, hedgesWon] = which === 'first' ? (['a', 'b', 1] as const) : (['b', 'a', 0] as const);
      expect(made.outcomes).toEqual([`${bad} server ${reason}`, `${good} answered 200`]);
      expect(made.finished).toEqual([
        expect.objectContaining({ attempts: 1, hedges: 1, hedgesWon, server: good, termination: 'ok' }),
      ]);
      isGone(made);
    },
  );

  it.each([
    ['the first before the second', [0, 1]],
    ['the second before the first', [1, 0]],
  ])('both fail, %s: then it is retried like any other', async (_, order) => {
    const { made, client } = await racing();
    for (const n of order) await made.server(n).fails();
    const third = await made.connected(2);
    expect(made.opened.map(({ server }) => server)).toEqual(['a', 'b', 'c']);
    await third.says(OK);
    expect(client.taken).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(made.finished).toEqual([
      expect.objectContaining({ attempts: 2, hedges: 1, hedgesWon: 0, server: 'c' }),
    ]);
    isGone(made);
  });

  it('both fail, and no retry is allowed: the client is told', async () => {
    const { made, client, first, second } = await racing({ retry: { attempts: 0, budget: 0 } });
    await first.fails();
    await second.fails();
    expect(client.taken).toMatch(/^HTTP\/1\.1 502 /);
    isGone(made);
  });

  it('both answer 503: the later one is passed on', async () => {
    const { made, client, first, second } = await racing();
    await second.says(answer('from b', 503));
    await first.says(answer('from a', 503));
    expect(client.taken).toMatch(/^HTTP\/1\.1 503 [\s\S]*from a$/);
    isGone(made);
  });

  it('neither passes on an interim answer: it might be the other one whose answer follows', async () => {
    const { made, client, first, second } = await racing();
    const hints = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n';
    await first.says(hints);
    await second.says(hints);
    expect(client.taken).toBe('');
    await second.says(OK);
    expect(client.taken).toMatch(/^HTTP\/1\.1 200 OK/);
    isGone(made);
  });

  it('the time of each runs out by itself', async () => {
    const { made, client } = await racing({ timeouts: { responseHeaders: 1000 } });
    await passes(made, 1200);
    expect(client.taken).toMatch(/^HTTP\/1\.1 504 /);
    expect(made.outcomes).toEqual(['a server header_timeout', 'b server header_timeout']);
    isGone(made);
  });

  it('one on a kept connection that its server had closed is not held against that server', async () => {
    const made = hedging();
    const client = made.client();
    await client.says(GET);
    await (await made.connected(0)).says(OK);
    await client.says(GET);
    await passes(made, AFTER);
    await made.server(0).fails();
    await (await made.connected(1)).says(OK);
    expect(made.outcomes).toEqual(['a answered 200', 'a proxy reset', 'b answered 200']);
    isGone(made);
  });

  it.each([
    ['the client leaves', (_: FakeEngine, client: FakeConnection) => void client.fails()],
    ['the engine is closed', ({ engine }: FakeEngine) => engine.close()],
  ])('nothing is left when %s', async (_, end) => {
    const { made, client, first, second } = await racing();
    end(made, client);
    await turn();
    expect([first.isClosed, second.isClosed]).toEqual([true, true]);
    expect(made.outcomes).toEqual(['a client client_abort', 'b client client_abort']);
    expect(made.finished).toEqual([expect.objectContaining({ termination: 'client_abort', hedges: 1 })]);
    isGone(made);
  });

  it('nothing is left when the client leaves before the copy is connected', async () => {
    const made = hedging();
    const client = made.client();
    await client.says(GET);
    await passes(made, AFTER);
    await client.fails();
    expect(made.opened.map(({ connection }) => connection.isClosed)).toEqual([true, true]);
    isGone(made);
  });

  it('a fault in sending the copy ends the exchange and nothing else', async () => {
    let connects = 0;
    const made = hedging({
      parts: {
        begin: () => {
          connects += 1;
          if (connects === 2) throw new Error('no');
          return () => undefined;
        },
      },
    });
    const client = made.client();
    await client.says(GET);
    await made.connected(0);
    await passes(made, AFTER);
    expect(client.taken).toMatch(/^HTTP\/1\.1 500 /);
    expect(made.faults.splice(0)).toEqual([new Error('no')]);
    isGone(made);
  });
});

it('who waits for a copy is forgotten with its request', async () => {
  const made = hedging();
  const client = made.client();
  for (let i = 0; i < 50; i++) {
    await client.says(GET);
    if (i === 0) await made.connected(0);
    await made.server(0).says(OK);
  }
  await passes(made, 1000);
  expect(made.opened).toHaveLength(1);
  expect(made.finished.every(({ hedges }) => hedges === 0)).toBe(true);
});
