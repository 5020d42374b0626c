/**
 * What reports cost: the CPU that the control process takes for so many nodes, whether its memory stays, and what a
 * request costs the workers while reports come, and while as many go somewhere else on the machine. The last line on standard output is one JSON object.
 * `--nodes N --hz N --seconds S --passes N`.
 */
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { raiseFileLimit } from './parts/file-limit.ts';
import { forehand, transportOfEnvironment } from './parts/forehand-proxy.ts';
import { freePorts } from './parts/free-ports.ts';
import { median } from './parts/median.ts';
import { needCommands } from './parts/need-commands.ts';
import { type ProcessStat, runningTree } from './parts/process-stat.ts';
import { type RunningProxy, startProxy } from './parts/proxy.ts';
import type { SenderSettings, SentServer } from './parts/report-sender.ts';
import type { Rig, Running } from './parts/rig.ts';
import { runBench } from './parts/run-bench.ts';
import { GET_1K } from './parts/scenarios.ts';
import { startServers } from './parts/servers.ts';
import { runWrk } from './parts/wrk.ts';

const TOKEN = 'the-token-of-the-bench';
const WARM_UP_MS = 5000;
const WRK_SECONDS = 4;
const PATIENCE_MS = 30_000;

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '1000' },
    hz: { type: 'string', default: '4' },
    seconds: { type: 'string', default: '20' },
    passes: { type: 'string', default: '3' },
  },
});
const [nodes, hz] = [Number(values.nodes), Number(values.hz)];
const [seconds, passes] = [Number(values.seconds), Number(values.passes)];

interface Processes {
  readonly control: ProcessStat;
  readonly workers: readonly ProcessStat[];
}

/** The command is a parent that holds the sockets; its child is control, whose children are the workers. */
const processesOf = ({ program }: RunningProxy): Processes => {
  const tree = runningTree(program.pid);
  const control = tree.find(({ parent }) => parent === program.pid);
  if (!control) throw new Error(`there is no control process. It wrote:\n${program.output()}`);
  return { control, workers: tree.filter(({ parent }) => parent === control.pid) };
};

const TICKS_PER_SECOND = 100;
const sumTicks = (all: readonly ProcessStat[]): number => all.reduce((sum, { ticks }) => sum + ticks, 0);

const rssBytes = ({ pid }: ProcessStat): number =>
  1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);

const SAMPLE_MS = 500;

/**
 * What control takes for so many seconds: percent of a core, and the most memory that it had. Between two collections of
 * garbage memory goes up and down by some ten MiB, every quarter of a minute.
 */
const watchControl = async (proxy: RunningProxy): Promise<{ percent: number; rss: number }> => {
  const [before, begun] = [processesOf(proxy).control, performance.now()];
  let rss = 0;
  for (let at = 0; at < seconds * 1000; at += SAMPLE_MS) {
    await setTimeout(SAMPLE_MS);
    rss = Math.max(rss, rssBytes(before));
  }
  const spent = (processesOf(proxy).control.ticks - before.ticks) / TICKS_PER_SECOND;
  return { percent: (100 * spent) / ((performance.now() - begun) / 1000), rss };
};

/** CPU of the workers for each request, in microseconds. */
const requestMicros = async (rig: Rig, proxy: RunningProxy): Promise<number> => {
  const before = sumTicks(processesOf(proxy).workers);
  const { requests } = await runWrk(rig, GET_1K, { port: proxy.port, seconds: WRK_SECONDS, core: undefined });
  return ((sumTicks(processesOf(proxy).workers) - before) * (1e6 / TICKS_PER_SECOND)) / requests;
};

/** Starts a program of this folder and waits until it has said what is expected. */
const startPart = async (rig: Rig, name: string, args: readonly string[], says: RegExp): Promise<Running> => {
  const file = fileURLToPath(new URL(`./parts/${name.replace(/\d+$/, '')}.js`, import.meta.url));
  const part = rig.start({ name, command: process.execPath, args: [file, ...args] });
  for (let waited = 0; !says.test(part.output()); waited += 100) {
    if (part.hasEnded() || waited > PATIENCE_MS) throw new Error(`${name}: ${part.output()}`);
    await setTimeout(100);
  }
  return part;
};

/** Has agents report to a port while `during` goes on. */
const whileReporting = async (
  rig: Rig,
  settings: SenderSettings,
  during: () => Promise<void>,
): Promise<void> => {
  turns += 1;
  const sender = await startPart(
    rig,
    `report-sender${turns}`,
    [JSON.stringify(settings)],
    /all streams are open/,
  );
  await setTimeout(WARM_UP_MS);
  await during();
  if (sender.hasEnded()) throw new Error(`agents: ${sender.output()}`);
  process.kill(sender.pid);
  await sender.ended;
};
let turns = 0;

/** Throws unless every server was heard of within the last second: else nothing was measured. */
const expectHeard = async (adminUrl: string): Promise<void> => {
  const servers: unknown = await (await fetch(`${adminUrl}/api/v1/servers`)).json();
  if (!Array.isArray(servers)) throw new Error('the admin API tells no servers');
  const heard = servers.filter(({ ageMs }) => typeof ageMs === 'number' && ageMs < 1000).length;
  if (heard < nodes) throw new Error(`${heard} of ${nodes} servers are heard of`);
};

/** Those of the pool that gets the requests, and as many more, of another pool, as there are nodes to be. */
const serversToReport = (ports: readonly number[]): readonly SentServer[] => [
  ...ports.map((port) => ({ url: `http://127.0.0.1:${port}`, pool: 'web' })),
  ...Array.from({ length: nodes - ports.length }, (_, i) => ({
    url: `http://10.0.${i >> 8}.${i & 255}:8080`,
    pool: 'other',
  })),
];

const show = (what: string, value: string): void => console.log(`${what.padEnd(52)}${value.padStart(12)}`);

await runBench(async (rig) => {
  needCommands('nginx', 'wrk');
  if (!(nodes > 8 && hz > 0 && seconds > 0 && passes > 0)) throw new Error('a flag is out of range');
  raiseFileLimit(4 * nodes + 1000);
  const ports = await startServers(rig);
  const [port = 0] = await freePorts(1);
  const keys = {
    workers: 2,
    agents: { listen: `http://127.0.0.1:${port}`, token: TOKEN, rate: 1_000_000 },
    pools: {
      web: { servers: ports.map((each) => `http://127.0.0.1:${each}`) },
      other: { accept: ['10.0.0.0/8'] },
    },
    routes: [{ pool: 'web' }],
  };
  const make = forehand(transportOfEnvironment(), keys);
  const proxy = await startProxy(rig, make, { name: 'forehand', serverPorts: ports });
  const adminUrl = /admin on (http:\/\/[\d.:]+)/.exec(proxy.program.output())?.[1] ?? '';
  const sink = await startPart(rig, 'report-sink', [], /port \d+/);
  const settings = { port, token: TOKEN, servers: serversToReport(ports), hz };
  const toSink = { ...settings, port: Number(/port (\d+)/.exec(sink.output())?.[1]) };

  const [without, during]: [number[], number[]] = [[], []];
  const [control, memory]: [number[], number[]] = [[], []];
  await requestMicros(rig, proxy); // warm-up
  for (let turn = 1; turn <= passes; turn++) {
    await whileReporting(rig, toSink, async () => {
      without.push(await requestMicros(rig, proxy));
    });
    await whileReporting(rig, settings, async () => {
      await expectHeard(adminUrl);
      const { percent, rss } = await watchControl(proxy);
      control.push(percent);
      memory.push(rss);
      during.push(await requestMicros(rig, proxy));
      await expectHeard(adminUrl);
    });
    const [share, before, now] = [control, without, during].map((list) => list.at(-1)?.toFixed(1));
    console.error(`pass ${turn}: control ${share} %, a request ${before} us without reports, ${now} us with`);
  }
  const [rssStart = 0, rssEnd = 0] = [memory[0], memory.at(-1)];
  show('control process, part of a core', `${median(control).toFixed(1)} %`);
  show('  for a report', `${((median(control) * 1e4) / (nodes * hz)).toFixed(1)} us`);
  show('its memory in the first pass, at most', `${(rssStart / 2 ** 20).toFixed(1)} MiB`);
  show('  in the last', `${(rssEnd / 2 ** 20).toFixed(1)} MiB`);
  show('a request in the workers, reports going elsewhere', `${median(without).toFixed(2)} us`);
  show('  reports coming here', `${median(during).toFixed(2)} us`);
  show('  ratio', (median(during) / median(without)).toFixed(3));
  return { nodes, hz, corePercent: Number(median(control).toFixed(1)), rssStart, rssEnd };
});
