import type { Millis, Stats } from '../../src/core/types.ts';
import { parseMemory, pressureSource } from './proc.ts';
import { known, type Read, rounded, Share, type Source } from './source.ts';

const ROOT = '/sys/fs/cgroup';

/** Cores of a quota, from cpu.max: `150000 100000` is 1.5. Undefined for `max`, which is no limit. */
export const parseCpuMax = (text: string): number | undefined => {
  const match = /^(\d+) (\d+)\s*$/.exec(text);
  const cores = match ? Number(match[1]) / Number(match[2]) : 0;
  return Number.isFinite(cores) && cores > 0 ? cores : undefined;
};

/** Bytes from memory.max or memory.current. Undefined for `max`. */
export const parseBytes = (text: string): number | undefined =>
  /^\d+\s*$/.test(text) ? Number(text) : undefined;

/** One number of a file with a name and a number in each line: cpu.stat, memory.stat. */
export const parseField = (text: string, name: string): number | undefined => {
  const match = new RegExp(`^${name} (\\d+)$`, 'm').exec(text);
  return match ? Number(match[1]) : undefined;
};

/** The folders from this process's group up to the root. A limit of any of them holds for the process. */
const foldersOf = (read: Read): readonly string[] => {
  const path = /^0::(\/.*)$/m.exec(read('/proc/self/cgroup') ?? '')?.[1] ?? '/';
  // A group outside of this namespace is shown as `/../..`: only the root can be seen from here.
  const names = path.includes('..') ? [] : path.split('/').filter((name) => name !== '');
  return [...names.keys(), names.length].map((depth) => [ROOT, ...names.slice(0, depth)].join('/')).reverse();
};

interface Limited {
  readonly folder: string;
  readonly limit: number;
}

const tightest = (
  read: Read,
  file: string,
  parse: (text: string) => number | undefined,
): Limited | undefined => {
  let found: Limited | undefined;
  for (const folder of foldersOf(read)) {
    const limit = parse(read(`${folder}/${file}`) ?? '');
    if (limit !== undefined && limit < (found?.limit ?? Number.POSITIVE_INFINITY)) found = { folder, limit };
  }
  return found;
};

/** What a CPU quota leaves: cores, the idle share of them, how often it stopped the work. */
const cpuStats = (read: Read, folder: string, hostCpus: number): Source => {
  const busy = new Share();
  const throttled = new Share();
  let capacity = 0;
  let lastAt: Millis | undefined;
  return (now) => {
    const cpus = Math.min(parseCpuMax(read(`${folder}/cpu.max`) ?? '') ?? hostCpus, hostCpus);
    const stat = read(`${folder}/cpu.stat`) ?? '';
    const used = parseField(stat, 'usage_usec');
    capacity += (now - (lastAt ?? now)) * 1000 * cpus;
    lastAt = now;
    const busyShare = used === undefined ? undefined : busy.see(used, capacity, now);
    const periods = parseField(stat, 'nr_periods');
    const stopped = parseField(stat, 'nr_throttled');
    return known<Stats>({
      cpus: rounded(cpus),
      cpuIdle: busyShare === undefined ? undefined : rounded(1 - busyShare),
      // No period in between: nothing ran, so nothing was stopped.
      throttled:
        periods === undefined || stopped === undefined
          ? undefined
          : (rounded(throttled.see(stopped, periods, now)) ?? 0),
    });
  };
};

/**
 * Memory within a limit. What counts is the working set, as for the kubelet: all in use but file pages that nobody
 * has touched for long, since the kernel gives those up first.
 */
const memoryStats = (read: Read, folder: string): Stats => {
  const machine = parseMemory(read('/proc/meminfo') ?? '');
  const limit = parseBytes(read(`${folder}/memory.max`) ?? '');
  const current = parseBytes(read(`${folder}/memory.current`) ?? '');
  if (limit === undefined || current === undefined || limit >= (machine?.total ?? limit + 1)) return {};
  const inactive = parseField(read(`${folder}/memory.stat`) ?? '', 'inactive_file') ?? 0;
  const free = Math.max(0, limit - Math.max(0, current - inactive));
  return { memoryTotal: limit, memoryAvailable: Math.min(free, machine?.available ?? free) };
};

/** The limits of cgroup v2 that this process lives under; undefined if there are none. */
export const cgroupSource = (read: Read, hostCpus: number): Source | undefined => {
  if (read(`${ROOT}/cgroup.controllers`) === undefined) return undefined;
  const cpu = tightest(read, 'cpu.max', parseCpuMax);
  const memory = tightest(read, 'memory.max', parseBytes);
  const folder = cpu?.folder ?? memory?.folder;
  if (folder === undefined) return undefined;
  const pressure = pressureSource(read, (resource) => `${folder}/${resource}.pressure`);
  const ofCpu = cpu ? cpuStats(read, cpu.folder, hostCpus) : undefined;
  return (now) => ({
    ...ofCpu?.(now),
    ...(memory ? memoryStats(read, memory.folder) : {}),
    ...known({ pressure: pressure(now) }),
  });
};
