/**
 * What a scrape of /metrics costs: the time until its text is there, and the longest piece of it for which nothing else
 * could go on in the process. 500 servers, each on a node of its own that reports everything an agent can measure, and
 * with answers in all classes, failures and times. With `--json` the result alone, as one line; else for people.
 */
import { setImmediate } from 'node:timers/promises';
import { Refusals } from '../src/control/events/refusals.ts';
import { Instance } from '../src/control/instance.ts';
import { silentLog } from '../src/control/logs/log.ts';
import type { CountedExchange } from '../src/control/metrics/pool-counts.ts';
import { processClock } from '../src/control/run-clock.ts';
import { Traffic } from '../src/control/traffic.ts';
import type { Report } from '../src/core/report.ts';
import type { Outcome, Server, Stats } from '../src/core/types.ts';
import { Heartbeat } from '../src/script/heartbeat.ts';
import { median } from './parts/median.ts';

const SERVERS = 500;
const RUNS = 40;
/** The first ones are compiled on the way. */
const WARM_UP = 15;
const REQUESTS_EACH = 60;
const STATUSES = [200, 200, 200, 304, 404, 503];
/** A node has the machine to itself between two scrapes. */
const PAUSE_MS = 5;

const STATS: Stats = {
  load1: 0.7,
  cpuIdle: 0.6,
  cpus: 4,
  memoryTotal: 2 ** 33,
  memoryAvailable: 2 ** 32,
  arriba: 950,
  pressure: { cpu: 0.01, memory: 0, io: 0.02 },
  inFlight: 3,
};
const REFUSED: Outcome = { kind: 'failed', side: 'server', reason: 'connect_refused', unsent: true };

const aConfig = (): object => ({
  listen: ['127.0.0.1:8080'],
  admin: false,
  pools: {
    web: { servers: Array.from({ length: SERVERS }, (_, i) => `http://10.0.${i >> 8}.${i & 255}:8080`) },
  },
});

const start = (): Promise<Instance> =>
  Instance.start({
    source: { value: aConfig() },
    env: {},
    log: silentLog,
    clock: processClock,
    seed: 1,
    watch: false,
    heartbeat: new Heartbeat(),
  });

const report = (instance: Instance, { url }: Server, i: number): void => {
  const servers = [{ url: url.origin, pool: 'web', tags: [], stats: {} }];
  const said: Report = { v: 1, node: `node-${i}`, boot: `boot-${i}`, seq: 1, stats: STATS, servers };
  const source = { address: '127.0.0.1', transport: 'http' } as const;
  const refusal = instance.board.hear(said, source, processClock.now());
  if (refusal) throw new Error(refusal.message);
};

const anExchange = (server: Server, i: number): CountedExchange => ({
  listener: 'main',
  pool: 'web',
  server: server.id,
  method: i % 5 === 0 ? 'POST' : 'GET',
  status: STATUSES[i % STATUSES.length] ?? 200,
  startedAt: processClock.now(),
  duration: 1.7 ** (i % 18),
  firstByte: 1.5 ** (i % 18),
  bytesIn: 100,
  bytesOut: 4000,
  attempts: 1,
  termination: 'ok',
});

const fill = (instance: Instance): void => {
  const { board, counts } = instance;
  const servers = board.pools().flatMap((pool) => pool.servers);
  servers.forEach((server, i) => {
    report(instance, server, i);
    counts.ended(server, REFUSED);
    for (let j = 0; j < REQUESTS_EACH; j++) counts.finished(anExchange(server, i + j));
  });
};

/** The longest pause of the event loop while something is under way. */
const longestStall = async (work: Promise<unknown>): Promise<number> => {
  let isOver = false;
  let longest = 0;
  const ended = work.finally(() => {
    isOver = true;
  });
  for (let before = performance.now(); !isOver; ) {
    await setImmediate();
    const now = performance.now();
    longest = Math.max(longest, now - before);
    before = now;
  }
  await ended;
  return longest;
};

interface Scrape {
  readonly ms: number;
  readonly cpuMs: number;
  readonly stallMs: number;
  readonly lines: number;
}

const scrape = async (traffic: Traffic): Promise<Scrape> => {
  const before = process.cpuUsage();
  const begun = performance.now();
  const text = traffic.metrics.text();
  const first = performance.now() - begun;
  const stall = await longestStall(text);
  const ms = performance.now() - begun;
  const { user, system } = process.cpuUsage(before);
  const cpuMs = (user + system) / 1000;
  return { ms, cpuMs, stallMs: Math.max(first, stall), lines: (await text).body.split('\n').length };
};

const main = async (): Promise<void> => {
  const instance = await start();
  const traffic = new Traffic({ instance, clock: processClock, refusals: new Refusals(), version: 'bench' });
  fill(instance);
  const scrapes: Scrape[] = [];
  for (let i = 0; i < WARM_UP + RUNS; i++) {
    const one = await scrape(traffic);
    if (i >= WARM_UP) scrapes.push(one);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  traffic.close();
  await instance.close();
  const result = {
    servers: SERVERS,
    lines: scrapes[0]?.lines ?? 0,
    medianMs: Number(median(scrapes.map(({ ms }) => ms)).toFixed(2)),
    medianCpuMs: Number(median(scrapes.map(({ cpuMs }) => cpuMs)).toFixed(2)),
    worstMs: Number(Math.max(...scrapes.map(({ ms }) => ms)).toFixed(2)),
    medianStallMs: Number(median(scrapes.map(({ stallMs }) => stallMs)).toFixed(2)),
  };
  if (!process.argv.includes('--json')) console.log('A scrape of 500 servers on 500 nodes:');
  console.log(JSON.stringify(result));
};

await main();
