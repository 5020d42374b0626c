import { describe, expect, it } from 'vitest';
import { turn } from '../support/a-fake-connection.ts';
import { aFakeEngine, type FakeEngine } from '../support/a-fake-engine.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const POST = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
const ONE = { a: 'http://127.0.0.1:1' };

const isIdle = ({ engine, inFlight }: FakeEngine): void => {
  expect(engine.open).toBe(0);
  expect(inFlight()).toBe(0);
};

/** An engine whose first connection has served one request and is kept. */
const withKept = async (facts: Parameters<typeof aFakeEngine>[0] = {}) => {
  const made = aFakeEngine(facts);
  const client = made.client();
  await client.says(GET);
  const kept = await made.connected(0);
  await kept.says(OK);
  expect(client.takeAll()).toMatch(/ok$/);
  kept.takeAll();
  return { made, client, kept };
};

describe('an answer', () => {
  it('arrives as it was, in any number of pieces, when the first is not waited for', async () => {
    const made = aFakeEngine();
    const client = made.client();
    await client.says(GET);
    const server = await made.connected(0);
    for (const byte of `HTTP/1.1 203 Fine\r\nA: b\r\nContent-Length: 5\r\n\r\nhello`) void server.says(byte);
    await turn();
    expect(client.taken).toMatch(/^HTTP\/1\.1 203 Fine\r\n[\s\S]*\r\n\r\nhello$/);
    isIdle(made);
  });

  it.each([
    ['with a length', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok', /\r\n\r\nok$/],
    [
      'in chunks',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
      /2\r\nok\r\n0\r\n\r\n$/,
    ],
    ['without a body', 'HTTP/1.1 204 No\r\n\r\n', /^HTTP\/1\.1 204 No\r\n[\s\S]*\r\n\r\n$/],
  ])(
    '%s and what comes too much: the client gets the answer alone, and the connection is not kept',
    async (_, answer, wanted) => {
      const made = aFakeEngine();
      const client = made.client();
      await client.says(GET);
      const server = await made.connected(0);
      await server.says(`${answer}HTTP/1.1 200 Poison\r\nContent-Length: 0\r\n\r\n`);
      expect(client.takeAll()).toMatch(wanted);
      expect(server.isClosed).toBe(true);
      expect(client.isClosed).toBe(false);
      expect(made.outcomes).toEqual([expect.stringMatching(/^a answered 20[04]$/)]);
      isIdle(made);
    },
  );

  it('and too much right behind it, in the same turn: the client gets no byte of that', async () => {
    const made = aFakeEngine();
    const client = made.client();
    await client.says(GET);
    const server = await made.connected(0);
    await server.says(OK, 'HTTP/1.1 200 Poison\r\nContent-Length: 6\r\n\r\npoison');
    expect(client.taken).not.toContain('oison');
    expect(server.isClosed).toBe(true);
    // Either the whole answer, or an end that cannot be taken for one.
    expect(client.taken.endsWith('\r\n\r\nok') || client.wasReset).toBe(true);
    isIdle(made);
  });

  it('and more later, when nothing was asked: the connection is closed', async () => {
    const { made, kept } = await withKept();
    await kept.says('HTTP/1.1 408 Late\r\n\r\n');
    expect(kept.isClosed).toBe(true);
    expect(made.engine.pools.of(made.pool.servers[0]!).counts.open).toBe(0);
  });

  it.each([
    ['garbage', 'SSH-2.0-OpenSSH_9.2\r\n'],
    [
      'a head that is too large',
      `HTTP/1.1 200 OK\r\n${'X: yyyyyyyyyyyyyyyyyyyyy\r\n'.repeat(90)}${'Z'.repeat(20_000)}`,
    ],
    ['too many fields', `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(101)}\r\n`],
    ['a switch that nobody asked for', 'HTTP/1.1 101 Go\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'],
    ['too many interim answers', 'HTTP/1.1 102 Wait\r\n\r\n'.repeat(33)],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  ])('that is %s is a 502, blamed on the server', async (_, answer) => {
    const made = aFakeEngine({ servers: ONE });
    const client = made.client();
    await client.says(POST);
    const server = await made.connected(0);
    await server.says(answer);
    expect(client.taken.replaceAll(/HTTP\/1\.1 102 Wait\r\n\r\n/g, '')).toMatch(/^HTTP\/1\.1 502 /);
    expect(server.isClosed).toBe(true);
    expect(made.outcomes).toEqual(['a server bad_response']);
    isIdle(made);
  });

  it('that drips its head has the time of a whole head, not more', async () => {
    const made = aFakeEngine({ servers: ONE, timeouts: { responseHeaders: 1000 } });
    const client = made.client();
    await client.says(GET);
    const server = await made.connected(0);
    for (const byte of 'HTTP/1.1 200 OK\r\nX: y\r\n') {
      await server.says(byte);
      await made.passes(100);
    }
    expect(client.taken).toMatch(/^HTTP\/1\.1 504 /);
    expect(server.isClosed).toBe(true);
    expect(made.outcomes).toEqual(['a server header_timeout']);
    isIdle(made);
  });

  it('whose body drips may take its time, as long as something comes', async () => {
    const made = aFakeEngine({ timeouts: { responseIdle: 1000 } });
    const client = made.client();
    await client.says(GET);
    const server = await made.connected(0);
    await server.says('HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n');
    for (let i = 0; i < 40; i++) {
      await made.passes(800);
      await server.says('x');
    }
    expect(client.taken).toMatch(/x{40}$/);
    isIdle(made);
  });

  it.each([
    ['with a length', 'Content-Length: 40'],
    ['in chunks', 'Transfer-Encoding: chunked'],
    ['that ends with the connection', 'X: y'],
  ])('%s that falls silent is cut, and the client sees that', async (_, field) => {
    const made = aFakeEngine({ timeouts: { responseIdle: 1000 } });
    const client = made.client();
    await client.says(GET);
    const server = await made.connected(0);
    await server.says(`HTTP/1.1 200 OK\r\n${field}\r\n\r\n2\r\n`);
    await made.passes(1200);
    expect(client.wasReset).toBe(true);
    expect(server.isClosed).toBe(true);
    expect(made.outcomes).toEqual(['a server idle_timeout']);
    isIdle(made);
  });

  it('of events may be silent for as long as it likes', async () => {
    const made = aFakeEngine({ timeouts: { responseIdle: 1000 } });
    const client = made.client();
    await client.says(GET);
    const server = await made.connected(0);
    await server.says(
      'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    await made.passes(60_000);
    await server.says('3\r\n:\r\n\r\n');
    expect(client.taken).toMatch(/3\r\n:\r\n\r\n$/);
    expect(client.isClosed).toBe(false);
  });

  it('that ends with its connection is whole by FIN, and cut by RST', async () => {
    for (const how of ['ends', 'fails'] as const) {
      const made = aFakeEngine();
      const client = made.client();
      await client.says(GET);
      const server = await made.connected(0);
      await server.says('HTTP/1.1 200 OK\r\n\r\nall there is');
      await server[how]();
      expect(client.taken).toMatch(/Connection: close\r\n[\s\S]*all there is$/);
      expect(client.hasEnded).toBe(how === 'ends');
      expect(client.wasReset).toBe(how === 'fails');
      isIdle(made);
    }
  });
});

describe('interim answers', () => {
  const HINT = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n';

  it('go to the client, except to one of HTTP/1.0', async () => {
    for (const [version, count] of [
      ['1.1', 2],
      ['1.0', 0],
    ] as const) {
      const made = aFakeEngine();
      const client = made.client();
      await client.says(`GET / HTTP/${version}\r\nHost: a\r\n\r\n`);
      const server = await made.connected(0);
      await server.says(HINT + HINT.slice(0, 20), HINT.slice(20) + OK);
      expect(client.taken.match(/ 103 Early Hints/g)?.length ?? 0).toBe(count);
      expect(client.taken).toMatch(/200 OK[\s\S]*\r\n\r\nok$/);
      isIdle(made);
    }
  });

  it('wait for a client that does not read, and so does what follows', async () => {
    const made = aFakeEngine();
    const client = made.client();
    await client.says(GET);
    const server = await made.connected(0);
    client.takes = false;
    await server.says(`${HINT}${HINT}${OK.slice(0, 30)}`, OK.slice(30));
    expect(server.isReading).toBe(false);
    await client.drains();
    await server.hears();
    expect(client.taken).toMatch(
      /^HTTP\/1\.1 103 [\s\S]*HTTP\/1\.1 103 [\s\S]*HTTP\/1\.1 200 OK[\s\S]*\r\n\r\nok$/,
    );
    isIdle(made);
  });
});

describe('a kept connection that its server has closed', () => {
  it('is repeated for once on a new one, and nobody is blamed', async () => {
    const { made, client, kept } = await withKept();
    await client.says(GET);
    expect(kept.taken).toMatch(/^GET /);
    await kept.fails();
    const fresh = await made.connected(1);
    expect(made.opened[1]!.server).toBe('a');
    await fresh.says(OK);
    expect(client.taken).toMatch(/200 OK[\s\S]*ok$/);
    expect(made.outcomes).toEqual(['a answered 200', 'a answered 200']);
    isIdle(made);
  });

  it('ends in a 502 for a POST that was sent on it: it is never sent twice', async () => {
    const { made, client, kept } = await withKept();
    await client.says(POST);
    expect(kept.taken).toMatch(/^POST /);
    await kept.ends();
    expect(client.taken).toMatch(/^HTTP\/1\.1 502 /);
    expect(made.opened).toHaveLength(1);
    isIdle(made);
  });

  it.each([
    ['ends', (kept: { ends(): Promise<void> }) => kept.ends()],
    ['resets', (kept: { fails(): Promise<void> }) => kept.fails()],
    [
      'says that it is too late',
      (kept: { says(text: string): Promise<void> }) => kept.says('HTTP/1.1 408 Late\r\n\r\n'),
    ],
  ] as const)(
    'and %s in the very turn in which it is chosen has not been sent anything: even a POST goes on a new one',
    async (_, leave) => {
      const { made, client, kept } = await withKept({ servers: ONE });
      void client.says(POST);
      await leave(kept as never);
      expect(kept.taken).toBe('');
      expect(made.opened).toHaveLength(2);
      const fresh = await made.connected(1);
      expect(fresh.taken).toMatch(/^POST [\s\S]*\r\n\r\nhi$/);
      await fresh.says(OK);
      expect(client.taken).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*ok$/);
      isIdle(made);
    },
  );

  it('also when it was opened ahead and never used', async () => {
    const made = aFakeEngine({ servers: ONE, connections: { warmup: 1 } });
    made.engine.take(made.engine.settings, made.pool.servers);
    const warm = await made.connected(0);
    const client = made.client();
    await client.says(GET);
    expect(warm.taken).toMatch(/^GET /);
    await warm.fails();
    await (await made.connected(1)).says(OK);
    expect(client.taken).toMatch(/^HTTP\/1\.1 200 OK/);
    isIdle(made);
  });
});

describe('the body of a request', () => {
  const HEAD = 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n';
  const big = (char: string, size: number): string => char.repeat(size);

  it('waits for a server that does not read, and arrives as it was', async () => {
    const { made, client, kept } = await withKept();
    kept.takes = false;
    void client.says(HEAD + big('a', 60_000), big('b', 40_000));
    await turn();
    await client.says(big('c', 50_000), big('d', 50_000));
    expect(client.isReading).toBe(false);
    for (let i = 0; i < 5; i++) {
      await kept.drains();
      await client.hears();
    }
    const content = kept.taken.slice(kept.taken.indexOf('\r\n\r\n') + 4);
    expect(content).toBe(big('a', 60_000) + big('b', 40_000) + big('c', 50_000) + big('d', 50_000));
    await kept.says(OK);
    expect(client.taken).toMatch(/^HTTP\/1\.1 200 OK/);
    isIdle(made);
  });

  it('that its server does not take in time is the fault of that server', async () => {
    const { made, client, kept } = await withKept({ timeouts: { responseHeaders: 1000, request: 60_000 } });
    kept.takes = false;
    await client.says(HEAD + big('a', 60_000));
    await made.passes(1200);
    expect(client.taken).toMatch(/^HTTP\/1\.1 504 /);
    expect(made.outcomes.at(-1)).toBe('a server header_timeout');
    isIdle(made);
  });

  it('that its client does not send in time is the fault of that client', async () => {
    const { made, client } = await withKept({ timeouts: { responseHeaders: 1000, request: 60_000 } });
    await client.says(HEAD + big('a', 6000));
    await made.passes(1200);
    expect(client.taken).toMatch(/^HTTP\/1\.1 408 /);
    expect(made.outcomes.at(-1)).toMatch(/^a client /);
    isIdle(made);
  });

  it('is held, up to a bound, while its connection is being made', async () => {
    const made = aFakeEngine();
    const client = made.client();
    await client.says(HEAD, big('a', 60_000), big('b', 60_000), big('c', 80_000));
    expect(client.isReading).toBe(false);
    const server = await made.connected(0);
    await client.hears();
    expect(server.taken.length).toBeGreaterThan(200_000);
    expect(server.taken).toMatch(/a{60000}b{60000}c{80000}$/);
  });

  it('is not asked for any more when the answer is there', async () => {
    const { made, client, kept } = await withKept();
    await client.says(`${HEAD}some`);
    await kept.says(OK);
    expect(client.taken).toMatch(/Connection: close\r\n[\s\S]*ok$/);
    expect(client.hasEnded).toBe(true);
    expect(kept.isClosed).toBe(true);
    isIdle(made);
  });
});

it('a server that cannot be reached in time has had no more than that time', async () => {
  const made = aFakeEngine({ timeouts: { connect: 2000 } });
  const client = made.client();
  await client.says(GET);
  await made.passes(2000);
  expect(made.server(0).isClosed).toBe(true);
  expect(made.opened[1]!.server).toBe('b');
  await (await made.connected(1)).says(OK);
  expect(client.taken).toMatch(/ 200 OK/);
  expect(made.outcomes).toEqual(['a server connect_timeout', 'b answered 200']);
});

it('a kept connection ends before its server ends it', async () => {
  for (const [field, lives] of [
    ['Keep-Alive: timeout=5\r\n', 1000],
    ['Keep-Alive: timeout=1\r\n', 500],
    ['', 5000],
  ] as const) {
    const made = aFakeEngine({ timeouts: { serverIdle: 5000 } });
    const client = made.client();
    await client.says(GET);
    const server = await made.connected(0);
    await server.says(`HTTP/1.1 204 No\r\n${field}\r\n`);
    await made.passes(lives - 100);
    expect(server.isClosed).toBe(false);
    await made.passes(200);
    expect(server.isClosed).toBe(true);
  }
});

it('a fault of ours while an answer is heard ends its client and nothing else', async () => {
  const made = aFakeEngine({
    parts: {
      additions: ({ path, status }) => {
        if (path === '/bad' && status === 200) throw new Error('no');
        return undefined;
      },
    },
  });
  const [bad, good] = [made.client(), made.client()];
  await bad.says('GET /bad HTTP/1.1\r\nHost: a\r\n\r\n');
  await good.says(GET);
  await (await made.connected(0)).says(OK);
  await (await made.connected(1)).says(OK);
  expect(made.faults.splice(0)).toHaveLength(1);
  expect(bad.isClosed).toBe(true);
  expect(good.taken).toMatch(/ 200 OK/);
  isIdle(made);
});
