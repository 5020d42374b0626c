import { type AgentOptions, benchNode, type Report, startAgent } from '../../agent/index.ts';
import { Nowhere } from '../../agent/nowhere.ts';
import { table } from './table.ts';

/** Between the two samples that shares of time need. */
const GAP_MS = 350;
/** A benchmark that other work disturbs takes seconds. */
const PATIENCE_MS = 30_000;

const count = (value: number): string => String(Math.round(value * 100) / 100);
const percent = (value: number): string => `${(value * 100).toFixed(1)} %`;
const bytes = (value: number): string => `${(value / 1024 ** 3).toFixed(2)} GiB`;
const millis = (value: number): string => `${count(value)} ms`;

/** How a number is shown, and what it is. Fields that are not here are shown as they are. */
const FIELDS: Readonly<Record<string, readonly [(value: number) => string, string]>> = {
  load1: [count, 'runnable tasks, mean of one minute'],
  loadHighWater: [count, 'power of two above the highest load'],
  cpuIdle: [percent, 'of the CPU, just now'],
  cpus: [count, 'cores that work can use'],
  memoryTotal: [bytes, ''],
  memoryAvailable: [bytes, 'without swapping'],
  arriba: [count, 'speed of one core that work gets now'],
  arribaNominal: [count, 'speed of one core undisturbed; 1000 is the reference machine'],
  runQueueDelay: [percent, 'of the time that the servers wanted to run, they waited'],
  throttled: [percent, 'of periods stopped by the CPU quota'],
  eventLoopDelay: [millis, '99th percentile'],
  inFlight: [count, 'requests'],
  serviceTime: [millis, 'moving mean of a request'],
  'pressure.cpu': [percent, 'of ten seconds some task waited for it'],
  'pressure.memory': [percent, 'of ten seconds some task waited for it'],
  'pressure.io': [percent, 'of ten seconds some task waited for it'],
  'slots.total': [count, 'requests at a time'],
  'slots.available': [count, 'requests more just now'],
};

/** Groups are written field by field: `slots.total`. */
const flat = (stats: object, prefix = ''): readonly (readonly [string, unknown])[] =>
  Object.entries(stats).flatMap(([name, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null
      ? flat(value, `${prefix}${name}.`)
      : [[prefix + name, value] as const],
  );

const statRow = ([name, value]: readonly [string, unknown]): readonly string[] => {
  const field = FIELDS[name];
  if (name === 'arribaFrom') return [name, String(value), 'how arriba was found'];
  if (typeof value !== 'number' || !field) return [name, String(value)];
  return [name, field[0](value), field[1]];
};

const serverRow = ({ url, pool, tags = [] }: Report['servers'][number]): readonly string[] => {
  const words = [...(pool === undefined ? [] : [`pool ${pool}`]), ...tags.map((tag) => `tag ${tag}`)];
  return ['server', url, words.join(', ')];
};

/** A report for people: a line for the node, each server and each number with its unit. */
export const reportText = ({ node, servers, stats }: Report): string => {
  const named = servers.length > 0 ? servers.map(serverRow) : [['server', 'none']];
  const unknown = stats.arriba === undefined ? [['arriba', 'unknown', 'the benchmark did not end']] : [];
  return table([['node', node], ...named, ...flat(stats).map(statRow), ...unknown]);
};

/** The first report that has two samples and the speed in it; the last one there is when patience ends. */
const oneReport = async (options: Omit<AgentOptions, 'to' | 'driver'>): Promise<Report> => {
  let show: (report: Report) => void = () => undefined;
  const complete = new Promise<Report>((resolve) => {
    show = resolve;
  });
  const driver = new Nowhere((report) => {
    if (report.seq > 1 && report.stats.arriba !== undefined) show(report);
  });
  const agent = await startAgent({ ...options, driver, interval: GAP_MS, ref: true });
  const timer = setTimeout(() => show(agent.report()), PATIENCE_MS);
  const report = await complete;
  clearTimeout(timer);
  await agent.close();
  return report;
};

/** `forehand agent --print`: one report on standard output, and the end. */
export const printReport = async (
  options: Omit<AgentOptions, 'to' | 'driver'>,
  { json }: { readonly json: boolean },
): Promise<void> => {
  // Before the agent starts, so that the benchmark does not disturb the samples. If it fails the agent tells why.
  if (options.arriba === undefined) await benchNode().catch(() => undefined);
  const report = await oneReport(options);
  process.stdout.write(json ? `${JSON.stringify(report)}\n` : reportText(report));
};
