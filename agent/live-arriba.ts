import os from 'node:os';
import type { Millis } from '../src/core/types.ts';
import { type Found, LiveShare } from './live-share.ts';
import { createSpin } from './live-spin.ts';
import { listenersOn, withDescendants } from './sources/listeners.ts';
import { type LoadMeter, nodeLoad, procLoad } from './sources/machine-load.ts';
import { seldom, type Tree } from './sources/source.ts';
import { Tasks } from './sources/tasks.ts';

/**
 * Whose work counts as the application's: processes by number, a function that tells them (asked once a second), or
 * `listening` for those that listen on the ports of the agent's URLs on this machine. With each also what it started.
 */
export type Pids = readonly number[] | (() => readonly number[]) | 'listening';

/** The share of a core that work obtains, as of now. */
export interface LiveArriba {
  /** 0..1 of the smaller of one core and `cpus`. */
  readonly share: number;
  /**
   * `schedstat`: from what the application's tasks ran and waited. `machine`: from what the machine's CPUs did, since
   * those tasks hardly ran. Both with the speed of a short loop. `spin`: from that loop and the CPUs' idle time alone,
   * where the system tells no more.
   * `nominal`: not measured, so the share is 1.
   */
  readonly from: 'schedstat' | 'machine' | 'spin' | 'nominal';
  /** Share of the time that tasks wanted to run in which they waited, 0..1. */
  readonly queueDelay?: number;
}

/** `cpus`: cores that the application may use now, as the sampler says. */
export type LiveMeter = (now: Millis, cpus: number | undefined) => LiveArriba;

/** Nothing that was measured over less is told: the kernel counts in steps of 4 to 10 ms. */
const MIN_INTERVAL: Millis = 40;
/** Children come and go; a look at one process takes 5 us. */
const CHILDREN_PERIOD: Millis = 5000;
const ASK_PERIOD: Millis = 1000;
/** A core's own speed changes slowly, and two spins of 0.1 ms twice a second are 0.04 % of a core. */
const SPIN_PERIOD: Millis = 500;

const checkPids = (pids: readonly unknown[]): readonly number[] =>
  pids.map((pid) => {
    if (typeof pid === 'number' && Number.isSafeInteger(pid) && pid > 0) return pid;
    throw new TypeError(`pids: expected numbers of processes, got ${JSON.stringify(pid)}`);
  });

/**
 * The function that tells the application's processes. `ports`: of its URLs. Throws TypeError for numbers that are
 * none of processes, at once in a list, and where it is asked in those of a function.
 */
export const pidsOf = (
  tree: Tree,
  pids: Pids = [process.pid],
  ports: readonly number[] = [],
): ((now: Millis) => readonly number[]) => {
  if (pids === 'listening') return listenersOn(tree, ports);
  if (typeof pids === 'function') return seldom(ASK_PERIOD, () => withDescendants(tree, checkPids(pids())));
  const listed = checkPids(pids);
  return seldom(CHILDREN_PERIOD, () => withDescendants(tree, listed));
};

const toArriba = ({ share, from, queueDelay }: Found): LiveArriba => ({
  share,
  from,
  ...(queueDelay === undefined ? {} : { queueDelay }),
});

/** Calls `see` with the length of the interval, and not more often than every 40 ms; the last answer in between. */
const atIntervals = (
  see: (millis: Millis, now: Millis, cpus: number | undefined) => LiveArriba,
): LiveMeter => {
  let last: { readonly at: Millis; readonly answer: LiveArriba } | undefined;
  return (now, cpus) => {
    if (last && now - last.at < MIN_INTERVAL) return last.answer;
    last = { at: now, answer: see(last ? now - last.at : MIN_INTERVAL, now, cpus) };
    return last.answer;
  };
};

const spinHere = (): (() => number) => createSpin(() => performance.now());

interface Here {
  /** CPUs of the machine, where it does not list them itself. */
  readonly cpus: number;
  readonly spin: () => number;
}

/** On Linux. */
export const procLiveArriba = (
  tree: Tree,
  pids: (now: Millis) => readonly number[],
  { cpus = os.availableParallelism(), spin = spinHere() }: Partial<Here> = {},
): LiveMeter => {
  const tasks = new Tasks(tree, pids);
  const machine = procLoad(tree.read, cpus);
  const speed = seldom(SPIN_PERIOD, spin);
  const live = new LiveShare();
  return atIntervals((millis, now, usable = cpus) => {
    const seen = { tasks: tasks.see(now), machine: machine(now), spin: speed(now) };
    return toArriba(live.see({ millis, cpus: usable, ...seen }));
  });
};

interface Elsewhere {
  /** CPU time of this process so far, ms. */
  readonly ownMillis: () => Millis;
  readonly load: LoadMeter;
  readonly spin: () => number;
}

const ownMillis = (): Millis => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** On systems that do not tell how long tasks wait. What this process itself takes is no disturbance. */
export const spinLiveArriba = ({
  ownMillis: own = ownMillis,
  load = nodeLoad(),
  spin = spinHere(),
}: Partial<Elsewhere> = {}): LiveMeter => {
  const live = new LiveShare();
  let ownBefore = own();
  return atIntervals((millis, now, cpus) => {
    const ran = (own() - ownBefore) / millis;
    ownBefore = own();
    const machine = load(now);
    const others = machine && { ...machine, busy: Math.max(0, machine.busy - ran) };
    const { share } = live.see({ millis, cpus: cpus ?? machine?.cores ?? 1, machine: others, spin: spin() });
    return { share, from: 'spin' };
  });
};

/** Measures this machine in the way that it allows. */
export const createLiveArriba = (tree: Tree, pids: (now: Millis) => readonly number[]): LiveMeter =>
  tree.read('/proc/stat') === undefined ? spinLiveArriba() : procLiveArriba(tree, pids);
