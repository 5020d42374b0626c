import type { Millis, Stats } from '../../src/core/types.ts';
import { known, type Read, rounded, Share, type Source, seldom } from './source.ts';

/** CPU time in ticks since the machine started, over all CPUs. */
export interface CpuTimes {
  readonly idle: number;
  /** Taken by the hypervisor for others while work was there. */
  readonly steal: number;
  readonly total: number;
}

/**
 * The first line of /proc/stat: user nice system idle iowait irq softirq steal guest guest_nice (proc(5)). Waiting
 * for a disk is idle. Time that the hypervisor stole is not. Guests are in user and nice already. Old kernels have
 * fewer fields.
 */
export const parseCpuTimes = (text: string): CpuTimes | undefined => {
  const match = /^cpu +([\d ]+)$/m.exec(text);
  if (!match?.[1]) return undefined;
  const ticks = match[1].trim().split(/ +/).slice(0, 8).map(Number);
  if (ticks.length < 4) return undefined;
  const total = ticks.reduce((sum, value) => sum + value, 0);
  return { idle: (ticks[3] ?? 0) + (ticks[4] ?? 0), steal: ticks[7] ?? 0, total };
};

/** The mean of one minute, from /proc/loadavg. */
export const parseLoad = (text: string): number | undefined => {
  const match = /^(\d+(?:\.\d+)?) /.exec(text);
  return match ? Number(match[1]) : undefined;
};

/** Bytes from /proc/meminfo. Kernels before 3.14 have no MemAvailable; free memory and caches come close. */
export const parseMemory = (
  text: string,
): { readonly total: number; readonly available: number } | undefined => {
  const bytes = (name: string): number | undefined => {
    const match = new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text);
    return match ? Number(match[1]) * 1024 : undefined;
  };
  const total = bytes('MemTotal');
  const free = bytes('MemFree');
  const available =
    bytes('MemAvailable') ??
    (free === undefined ? undefined : free + (bytes('Buffers') ?? 0) + (bytes('Cached') ?? 0));
  return total === undefined || available === undefined
    ? undefined
    : { total, available: Math.min(available, total) };
};

/** The share of the last ten seconds in which some task waited, 0..1, from a file of the kernel's pressure stall information. */
export const parsePressure = (text: string): number | undefined => {
  const match = /^some avg10=(\d+(?:\.\d+)?) /m.exec(text);
  return match ? Math.min(1, Number(match[1]) / 100) : undefined;
};

/** Time in which some task waited since the machine started, microseconds, from the same files. */
export const parseStalled = (text: string): number | undefined => {
  const match = /^some .*\btotal=(\d+)$/m.exec(text);
  return match ? Number(match[1]) : undefined;
};

/** The kernel works its means out every 2 s. */
const PRESSURE_PERIOD: Millis = 1000;

/** The pressure files of a machine or a group, by resource: `cpu`, `memory`, `io`. Undefined if this kernel has none. */
export const pressureSource = (
  read: Read,
  path: (resource: string) => string,
): ((now: Millis) => Stats['pressure']) => {
  const of = (resource: string): number | undefined => {
    const text = read(path(resource));
    return text === undefined ? undefined : rounded(parsePressure(text));
  };
  return seldom(PRESSURE_PERIOD, () => {
    const pressure = known({ cpu: of('cpu'), memory: of('memory'), io: of('io') });
    return Object.keys(pressure).length > 0 ? pressure : undefined;
  });
};

/** The load is worked out every 5 s, and memory is no matter of quarter seconds. */
export const SLOW_PERIOD: Millis = 1000;

/** The whole machine as Linux tells it. `cpus`: cores that this process may run on. */
export const procSource = (read: Read, cpus: number): Source => {
  const busy = new Share();
  const pressure = pressureSource(read, (resource) => `/proc/pressure/${resource}`);
  const load = seldom(SLOW_PERIOD, () => parseLoad(read('/proc/loadavg') ?? ''));
  const memoryNow = seldom(SLOW_PERIOD, () => parseMemory(read('/proc/meminfo') ?? ''));
  return (now) => {
    const times = parseCpuTimes(read('/proc/stat') ?? '');
    const busyShare = times && busy.see(times.total - times.idle, times.total, now);
    const memory = memoryNow(now);
    return known<Stats>({
      load1: load(now),
      cpuIdle: busyShare === undefined ? undefined : rounded(1 - busyShare),
      cpus,
      memoryTotal: memory?.total,
      memoryAvailable: memory?.available,
      pressure: pressure(now),
    });
  };
};
