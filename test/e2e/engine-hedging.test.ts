import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/core/random.ts';
import {
  anHttp2Engine,
  answerOf,
  aSession,
  ask,
  type TestHttp2Engine,
} from '../proxy/http2/an-http2-engine.ts';
import { listenForTest } from '../support/a-door.ts';
import { anEngine, type EngineFacts, type TestEngine, TRANSPORTS } from '../support/an-engine.ts';
import { eventually } from '../support/eventually.ts';
import { KeptClient } from '../support/kept-client.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startBackend, startRawBackend } from '../support/start-backend.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const hedge = { after: 10, budget: 1 };

/** A server that takes connections and requests, and says nothing. */
const aHangingServer = () =>
  startRawBackend((socket) => void socket.resume().once('end', () => socket.end()));

/** Nothing is left of anything. */
const isGone = async ({ engine, settled, faults, inFlight }: TestEngine): Promise<void> => {
  await settled();
  for (const { counts } of engine.pools.list())
    expect(counts).toEqual({ open: counts.idle, idle: counts.idle, waiting: 0 });
  expect(inFlight()).toBe(0);
  expect(faults).toEqual([]);
};

describe.each(TRANSPORTS)('a route that hedges, on %s', (transport) => {
  const twoServers = async (facts: Partial<EngineFacts> = {}) => {
    const hanging = await aHangingServer();
    const good = await startBackend((_req, res) => void res.end('from b'));
    const made = await anHttp2Engine({
      transport,
      servers: { a: hanging.url, b: good.url },
      route: { hedge },
      ...facts,
    });
    return { made, hanging, good };
  };

  it('is answered by the second server when the first hangs, and leaves that alone at once', async () => {
    const { made, hanging, good } = await twoServers();
    const client = await connectRaw(made.port);
    for (let i = 1; i <= 5; i++) {
      client.send(GET);
      await eventually(() => client.heard().match(/from b/g)?.length === i);
    }
    await eventually(() => hanging.open === 0, 'the first server is free');
    expect([hanging.connections, good.connections]).toEqual([5, 1]);
    await isGone(made);
    expect(made.finished.map(({ hedges, hedgesWon, attempts }) => [hedges, hedgesWon, attempts])).toEqual(
      Array.from({ length: 5 }, () => [1, 1, 1]),
    );
  });

  it('does so over HTTP/2, many at a time', async () => {
    const { made, hanging } = await twoServers();
    const session = await aSession(made.h2cPort);
    const answers = await Promise.all(Array.from({ length: 15 }, () => ask(session)));
    expect(answers.map(({ status, body }) => `${status} ${body}`)).toEqual(
      Array.from({ length: 15 }, () => '200 from b'),
    );
    await eventually(() => hanging.open === 0, 'the first server is free');
    await isGone(made);
  });

  it('never sends a POST twice', async () => {
    const { made, good } = await twoServers({ timeouts: { responseHeaders: 400 } });
    const client = await connectRaw(made.port);
    client.send('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi');
    await client.hears(/ 504 /);
    expect(good.requests).toHaveLength(0);
    await isGone(made);
  });

  it('leaves no count and no socket when the client goes while both are asked', async () => {
    const [one, two] = [await aHangingServer(), await aHangingServer()];
    const made = await anEngine({ transport, servers: { a: one.url, b: two.url }, route: { hedge } });
    const client = await connectRaw(made.port);
    client.send(GET);
    await eventually(() => one.open === 1 && two.open === 1, 'both are asked');
    client.socket.destroy();
    await eventually(() => one.open === 0 && two.open === 0, 'both are free');
    await isGone(made);
    expect(made.outcomes).toEqual(['a client client_abort', 'b client client_abort']);
  });
});

const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const digest = (content: string): string => createHash('sha1').update(content, 'latin1').digest('hex');
const contentOf = (n: number): string => `${n}-`.repeat((n * 131) % 900);

/** Says which request it got, with what content; in time, late, never, or by breaking off. */
const aMoodyServer = async (below: (most: number) => number): Promise<string> => {
  const server = createServer(async (req, res) => {
    const parts = await req.toArray().catch(() => undefined);
    if (!parts) return;
    const mood = below(10);
    if (mood === 0) return;
    if (mood === 1) {
      req.socket.destroy();
      return;
    }
    if (mood < 5) await later(below(30));
    const content = `${req.url?.slice(1)} ${digest(Buffer.concat(parts).toString('latin1'))}`;
    res.writeHead(mood === 5 ? 503 : 200, { 'content-length': content.length });
    res.end(content);
  });
  return `http://127.0.0.1:${await listenForTest(server)}`;
};

const REQUESTS = 25;
const CLIENTS = 8;

/** Each client sends one request after the other, and sometimes goes in the middle. Gives what was wrong. */
const converse = async (
  made: TestHttp2Engine,
  below: (most: number) => number,
  id: number,
): Promise<readonly string[]> => {
  const faults: string[] = [];
  let client = new KeptClient(made.port);
  for (let i = 0; i < REQUESTS; i++) {
    const n = id * 1000 + i;
    const content = contentOf(n);
    const head = content === '' ? 'GET' : 'PUT';
    const request = `${head} /${n} HTTP/1.1\r\nHost: a\r\nContent-Length: ${content.length}\r\n\r\n${content}`;
    const asked = client.ask(request);
    if (below(8) === 0) {
      await later(below(20));
      client.close();
      client = new KeptClient(made.port);
      continue;
    }
    const { status, text } = await asked;
    const wanted = `${n} ${digest(content)}`;
    const isFine =
      status === 200 || status === 503 ? text.endsWith(wanted) : status === 502 || status === 504;
    if (!isFine && !text.includes('no server')) faults.push(`${n}: ${status} ${text.slice(-80)}`);
  }
  client.close();
  return faults;
};

describe.each(TRANSPORTS)('hedged and parked requests by the hundred, on %s', (transport) => {
  it('each get the answer that is theirs, and leave nothing behind', async () => {
    const { next } = seededRandom(11);
    const below = (most: number): number => Math.floor(next() * most);
    const servers = {
      a: await aMoodyServer(below),
      b: await aMoodyServer(below),
      c: await aMoodyServer(below),
    };
    const made = await anHttp2Engine({
      transport,
      servers,
      route: { hedge: { after: 8, budget: 1 } },
      retry: { attempts: 2, budget: 1 },
      timeouts: { responseHeaders: 600 },
      connections: { maxConnections: 6, queue: { size: 20, timeout: 1000, total: 30 } },
      parts: {
        refresh: (_, go) => {
          if (below(3) === 0) return false;
          setTimeout(go, below(6));
          return true;
        },
      },
    });
    const talks = Array.from({ length: CLIENTS }, (_, id) => converse(made, below, id));
    const session = await aSession(made.h2cPort);
    for (let i = 0; i < 100; i++) {
      const stream = session.request({ ':path': `/${i}` });
      if (below(4) === 0) stream.close(8);
      const { status, body } = await answerOf(stream);
      if (status === 200) expect(body).toBe(`${i} ${digest('')}`);
    }
    expect((await Promise.all(talks)).flat()).toEqual([]);
    await isGone(made);
    expect(made.finished.some(({ hedgesWon }) => hedgesWon === 1)).toBe(true);
    expect(made.finished.every(({ hedges = 0 }) => hedges <= 1)).toBe(true);
  }, 60_000);
});

describe.each(TRANSPORTS)('a parked request over HTTP/2, on %s', (transport) => {
  const parking = async () => {
    const backend = await startBackend((req, res) => void req.pipe(res));
    const going: (() => void)[] = [];
    const made = await anHttp2Engine({
      transport,
      servers: { a: backend.url },
      parts: { refresh: (_, go) => going.push(go) > 0 },
    });
    return { made, backend, going, session: await aSession(made.h2cPort) };
  };

  it('gets all of its content to its server, however much came early', async () => {
    const { made, backend, going, session } = await parking();
    const body = Buffer.alloc(700_000, 'some content ');
    const answered = ask(session, { ':method': 'PUT' }, body);
    await eventually(() => going.length === 1, 'it is parked');
    expect(backend.requests).toHaveLength(0);
    going[0]?.();
    const { status, body: heard } = await answered;
    expect([status, digest(heard)]).toEqual([200, digest(body.toString('latin1'))]);
    await isGone(made);
  });

  it('does not hold up the others of its session, and may be reset', async () => {
    const { made, backend, going, session } = await parking();
    const first = session.request({ ':path': '/1' });
    await eventually(() => going.length === 1, 'the first is parked');
    const second = ask(session, { ':path': '/2' });
    await eventually(() => going.length === 2, 'the second is parked');
    going[1]?.();
    expect((await second).status).toBe(200);
    first.close(8);
    await isGone(made);
    going[0]?.();
    expect(backend.requests.map(({ url }) => url)).toEqual(['/2']);
  });
});

describe.each(TRANSPORTS)('a parked request, on %s', (transport) => {
  it('keeps what its client sends early, and lets it send no more than a bound', async () => {
    const content = 'early content '.repeat(100_000);
    const sockets: Socket[] = [];
    const backend = await startBackend((req, res) => {
      sockets.push(req.socket);
      res.setHeader('Content-Length', content.length);
      req.pipe(res);
    });
    const going: (() => void)[] = [];
    const made = await anEngine({
      transport,
      servers: { a: backend.url },
      parts: { refresh: (_, go) => going.push(go) > 0 },
    });
    const client = await connectRaw(made.port);
    client.send(`PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${content.length}\r\n\r\n${content}`);
    await eventually(() => going.length === 1, 'it is parked');
    expect(sockets).toHaveLength(0);
    going[0]?.();
    await eventually(() => client.heard().length > content.length, 'the answer is there');
    expect(client.heard()).toMatch(/^HTTP\/1\.1 200 /);
    await eventually(() => client.heard().endsWith(`\r\n\r\n${content}`), 'the answer is whole');
    await isGone(made);
  });
});
