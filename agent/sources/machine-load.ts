import os from 'node:os';
import type { Millis } from '../../src/core/types.ts';
import { parseCpuTimes, parseStalled } from './proc.ts';
import type { Read } from './source.ts';

/** What the CPUs of a machine did over an interval, in cores: 0.5 is half of the time of one. */
export interface MachineLoad {
  /** CPUs of the machine. */
  readonly cores: number;
  /** Spent on work of any process, and of the kernel. */
  readonly busy: number;
  /** Taken by the hypervisor for other machines. */
  readonly stolen: number;
  /** Tasks that were ready to run and did not, on the mean. */
  readonly waiting: number;
}

/** Looks at the machine; undefined the first time, and where nothing is counted. */
export type LoadMeter = (now: Millis) => MachineLoad | undefined;

interface Counters {
  readonly idle: number;
  readonly steal: number;
  readonly total: number;
}

/** Shares of the time that the counters went on; undefined if they did not, or went back. */
const between = (
  last: Counters | undefined,
  next: Counters,
  cores: number,
): Omit<MachineLoad, 'waiting'> | undefined => {
  const total = last ? next.total - last.total : 0;
  if (!last || total <= 0) return undefined;
  // The counts of idle time may go back a little (proc_stat(5)).
  const part = (ticks: number): number => (cores * Math.min(total, Math.max(0, ticks))) / total;
  const stolen = part(next.steal - last.steal);
  return { cores, stolen, busy: Math.max(0, cores - stolen - part(next.idle - last.idle)) };
};

/**
 * How many tasks wait: PSI tells for how much of the time one did, and the count of runnable tasks at this moment (less
 * this process, which reads it) about how many they are. Without PSI (before Linux 4.20) the moment alone has to do.
 */
const waitingOf = (running: number, busy: number, stalled: number | undefined): number => {
  const queued = Math.max(0, running - 1 - busy);
  return stalled === undefined ? queued : Math.min(1, Math.max(0, stalled)) * Math.max(1, queued);
};

/** From /proc/stat and /proc/pressure/cpu. `cpus`: CPUs of the machine where /proc/stat does not list them. */
export const procLoad = (read: Read, cpus: number): LoadMeter => {
  let last: Counters | undefined;
  let stalledBefore: number | undefined;
  let lastAt: Millis = 0;
  return (now) => {
    const stat = read('/proc/stat') ?? '';
    const times = parseCpuTimes(stat);
    const cores = stat.match(/^cpu\d/gm)?.length ?? cpus;
    const load = times && between(last, times, cores);
    const stalled = parseStalled(read('/proc/pressure/cpu') ?? '');
    const share =
      stalled === undefined || stalledBefore === undefined
        ? undefined
        : (stalled - stalledBefore) / 1000 / (now - lastAt);
    last = times;
    stalledBefore = stalled;
    lastAt = now;
    const running = Number(/^procs_running (\d+)$/m.exec(stat)?.[1] ?? 0);
    return load && { ...load, waiting: waitingOf(running, load.busy, share) };
  };
};

/** From Node alone, on systems without /proc: nothing is known of stolen time and of waiting tasks. */
export const nodeLoad = (cpus: () => readonly os.CpuInfo[] = os.cpus): LoadMeter => {
  let last: Counters | undefined;
  return () => {
    const cores = cpus();
    let idle = 0;
    let total = 0;
    for (const { times } of cores) {
      idle += times.idle;
      total += times.user + times.nice + times.sys + times.idle + times.irq;
    }
    const next = { idle, total, steal: 0 };
    const load = between(last, next, cores.length);
    last = next;
    return load && { ...load, waiting: 0 };
  };
};
