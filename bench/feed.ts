/**
 * What it costs the process that somebody watches: a snapshot for the dashboard once a second, made, packed and handed to
 * one viewer, and the look for changed states a dozen times a second. 200 servers, each on a node of its own that reports
 * everything an agent can measure, 20 explained decisions a second, events. The parts in a loop, by the processor time of
 * one turn; then all of it as it runs, against the same without a viewer. With `--json` the result alone, as one line.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { createAdminHandler, createAdminServer } from '../src/control/admin/admin.ts';
import { noTraffic } from '../src/control/admin/routes-control.ts';
import { Refusals } from '../src/control/events/refusals.ts';
import { eventMessage } from '../src/control/feed/message.ts';
import { snapshotText } from '../src/control/feed/snapshot-text.ts';
import { watchStates } from '../src/control/feed/state-watch.ts';
import { Instance } from '../src/control/instance.ts';
import { instanceParts } from '../src/control/instance-parts.ts';
import { silentLog } from '../src/control/logs/log.ts';
import { Trace } from '../src/control/logs/trace.ts';
import { processClock } from '../src/control/run-clock.ts';
import { Traffic } from '../src/control/traffic.ts';
import type { AdminParts } from '../src/control/views/admin-parts.ts';
import { NO_REQUEST } from '../src/core/chain.ts';
import { seededRandom } from '../src/core/random.ts';
import type { Server, Stats } from '../src/core/types.ts';
import { Heartbeat } from '../src/script/heartbeat.ts';

const SERVERS = 200;
const TURNS = 300;
/** The first ones are compiled on the way. */
const WARM_UP = 100;
const DECISIONS = 20;
/** How long it runs with a viewer, and without, s. */
const RUN_S = 15;
/** Looks for changed states in a second. */
const LOOKS = 12.5;

const STATS: Stats = {
  load1: 0.7,
  loadHighWater: 2,
  cpuIdle: 0.6123,
  cpus: 4,
  memoryTotal: 2 ** 33,
  memoryAvailable: 5_234_123_776,
  arriba: 950,
  arribaNominal: 1000,
  pressure: { cpu: 0.0123, memory: 0, io: 0.0245 },
  throttled: 0,
  inFlight: 3,
  serviceTime: 12.4,
};

const random = seededRandom(1);

const start = (): Promise<Instance> =>
  Instance.start({
    source: {
      value: {
        listen: ['127.0.0.1:8080'],
        admin: false,
        pools: {
          web: {
            servers: Array.from({ length: SERVERS }, (_, i) => `http://10.0.${i >> 8}.${i & 255}:8080`),
          },
        },
      },
    },
    env: {},
    log: silentLog,
    clock: processClock,
    seed: 1,
    watch: false,
    heartbeat: new Heartbeat(),
  });

const report = (instance: Instance, { url }: Server, i: number, seq: number): void => {
  // Numbers that differ, as measured ones do: they are what is left after packing.
  const stats = {
    ...STATS,
    load1: random.next() * 4,
    cpuIdle: random.next(),
    memoryAvailable: Math.floor(random.next() * 2 ** 33),
    arriba: 900 + random.next() * 100,
    pressure: { cpu: random.next(), memory: 0, io: random.next() },
    serviceTime: random.next() * 100,
  };
  const servers = [{ url: url.origin, pool: 'web', tags: [], stats: {} }];
  const said = { v: 1 as const, node: `node-${i}`, boot: `boot-${i}`, seq, stats, servers };
  const refusal = instance.board.hear(said, { address: '127.0.0.1', transport: 'http' }, processClock.now());
  if (refusal) throw new Error(refusal.message);
};

/** A second of the life of a proxy: reports, requests that are decided, an event. */
const live = (instance: Instance, traffic: Traffic, second: number): void => {
  const servers = instance.board.pools().flatMap((pool) => pool.servers);
  for (const [i, server] of servers.entries()) report(instance, server, i, second + 1);
  for (let i = 0; i < DECISIONS; i++) {
    traffic.choose({ ...NO_REQUEST, path: `/cart/${i}` }, processClock.now(), true);
  }
  instance.events.add('bench', `second ${second} is over`);
};

const partsOf = (instance: Instance, traffic: Traffic): AdminParts => ({
  ...instanceParts(instance, traffic, () => () => undefined),
  servers: () => traffic.servers(),
  nodes: () => traffic.nodes(),
  refusals: () => [],
  senders: () => [],
  setServer: async () => ({ code: 'unknown', message: '' }),
  discovered: () => [],
  chains: () => instance.counts.chains.list(),
  shadows: () => traffic.shadows(),
  traffic: () => traffic.lastMinute(),
  decisions: (newest) => traffic.decisions(newest),
  keptDecisions: () => [],
  readiness: () => ({ ready: true, checks: [] }),
  explain: () => undefined,
  accessLog: () => undefined,
  trace: new Trace(silentLog, processClock.now),
  metrics: async () => ({ contentType: 'text/plain', body: '' }),
  version: '0',
  startedAt: 0,
});

/** Processor time of a turn in ms: the mean over all turns. */
const costOf = (turns: number, turn: () => void): number => {
  const before = process.cpuUsage();
  for (let i = 0; i < turns; i++) turn();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / turns;
};

interface Parts {
  readonly snapshotMs: number;
  readonly packMs: number;
  readonly lookMs: number;
  readonly bytes: number;
  readonly packedBytes: number;
}

const measureParts = (instance: Instance, parts: AdminParts): Parts => {
  const make = (): string => snapshotText(parts, noTraffic);
  costOf(WARM_UP, () => void eventMessage('snapshot', make(), 1).deflated);
  const snapshotMs = costOf(TURNS, () => void eventMessage('snapshot', make(), 1));
  const message = eventMessage('snapshot', make(), 1);
  const text = message.plain.toString();
  const packMs = costOf(TURNS, () => void eventMessage('snapshot', text, 1).deflated);
  const stop = watchStates(instance.board, processClock.now, () => undefined);
  stop();
  const lookMs = costOf(TURNS, () => watchStates(instance.board, processClock.now, () => undefined)());
  return {
    snapshotMs,
    packMs,
    lookMs,
    bytes: message.plain.length,
    packedBytes: message.deflated.length,
  };
};

/** Part of a core that the process takes while it lives for so long. */
const shareOf = async (instance: Instance, traffic: Traffic, from: number): Promise<number> => {
  const [before, since] = [process.cpuUsage(), performance.now()];
  for (let second = 0; second < RUN_S; second++) {
    live(instance, traffic, from + second);
    await setTimeout(1000);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / (performance.now() - since);
};

/** A viewer in a process of its own, so that what it costs is not counted. Its end says how much it has read. */
const watch = (url: string): (() => Promise<number>) => {
  const args = ['-sN', '--max-time', '600', '-w', '%{size_download}', '-o', '/dev/null', '--compressed'];
  const viewer = spawn('curl', [...args, '-H', 'Accept: text/event-stream', url], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  viewer.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  return async () => {
    await once(viewer, 'close');
    return Number(said);
  };
};

const measureRun = async (instance: Instance, traffic: Traffic, parts: AdminParts) => {
  const handler = createAdminHandler(parts, () => undefined, { hosts: () => [], onError: () => undefined });
  const server = createAdminServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const before = await shareOf(instance, traffic, 1000);
  const bytesRead = watch(`http://127.0.0.1:${port}/api/v1/events`);
  await setTimeout(1000);
  const watched = await shareOf(instance, traffic, 2000);
  server.close();
  server.closeAllConnections();
  const bytes = await bytesRead();
  const after = await shareOf(instance, traffic, 3000);
  return { watched, unwatched: (before + after) / 2, viewerBytes: bytes };
};

const instance = await start();
const traffic = new Traffic({ instance, clock: processClock, refusals: new Refusals(), version: '0' });
for (let second = 0; second < 5; second++) live(instance, traffic, second);
const admin = partsOf(instance, traffic);
const pieces = measureParts(instance, admin);
const corePart = (pieces.snapshotMs + pieces.packMs + pieces.lookMs * LOOKS) / 1000;
const run = await measureRun(instance, traffic, admin);
const result = { servers: SERVERS, ...pieces, corePart, ...run, runPart: run.watched - run.unwatched };
traffic.close();
await instance.close();

if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(result)}\n`);
else
  process.stdout.write(
    [
      `${SERVERS} servers, one snapshot a second for one viewer who takes gzip`,
      `snapshot  ${pieces.snapshotMs.toFixed(2)} ms, ${(pieces.bytes / 1024).toFixed(0)} KiB`,
      `packing   ${pieces.packMs.toFixed(2)} ms, ${(pieces.packedBytes / 1024).toFixed(0)} KiB`,
      `look      ${pieces.lookMs.toFixed(3)} ms, ${LOOKS} a second`,
      `together  ${(corePart * 100).toFixed(2)} % of a core`,
      `at work   ${(result.runPart * 100).toFixed(2)} % of a core (${(run.watched * 100).toFixed(2)} % watched, ${(run.unwatched * 100).toFixed(2)} % not), ${(run.viewerBytes / 1024).toFixed(0)} KiB read`,
      '',
    ].join('\n'),
  );
