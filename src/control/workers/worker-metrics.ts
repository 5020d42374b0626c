import { type FamilyType, labelText, type MetricsText } from '../metrics/metrics-text.ts';
import type { WorkerUsage } from './messages.ts';

/** Why workers ended. */
export interface WorkerEnds {
  /** A function of the user did not return. */
  stuck: number;
  /** Something else killed it. */
  died: number;
  /** It was told to. */
  left: number;
}

export interface WorkerFigures {
  readonly serving: number;
  readonly usage: ReadonlyMap<number, WorkerUsage>;
  readonly ends: Readonly<WorkerEnds>;
  /** Connections of clients that were open on workers which died, as those had said last. */
  readonly lostConnections: number;
}

const OF_EACH: readonly (readonly [
  name: string,
  type: FamilyType,
  help: string,
  read: (usage: WorkerUsage) => number,
])[] = [
  [
    'connections',
    'gauge',
    'Client connections open on a worker, as it said last.',
    ({ connections }) => connections,
  ],
  ['cpu_seconds_total', 'counter', 'CPU time that a worker used, seconds.', ({ cpuSeconds }) => cpuSeconds],
  [
    'resident_memory_bytes',
    'gauge',
    'Resident memory size of a worker in bytes.',
    ({ residentBytes }) => residentBytes,
  ],
];

/** The metrics of the workers themselves. A worker that replaces another has a number of its own. */
export const writeWorkerFamilies = (text: MetricsText, figures: WorkerFigures): void => {
  const { serving, usage, ends, lostConnections } = figures;
  text.single('forehand_workers', 'gauge', 'Workers that serve.', serving);
  text.family('forehand_worker_ends_total', 'counter', 'Workers that ended.');
  for (const [how, count] of Object.entries(ends)) text.sample(labelText({ how }), count);
  const lost = 'Client connections that were open on workers which died.';
  text.single('forehand_worker_lost_connections_total', 'counter', lost, lostConnections);
  for (const [name, type, help, read] of OF_EACH) {
    text.family(`forehand_worker_${name}`, type, help);
    for (const [worker, one] of usage) text.sample(labelText({ worker: String(worker) }), read(one));
  }
};
