import type { Millis, Stats } from '../../src/core/types.ts';
import { cgroupFolders } from './cgroup-folders.ts';
import {
  type CpuGroup,
  cpuGroups,
  type MemoryGroup,
  memoryGroups,
  parseField,
  tightest,
} from './cgroup-limits.ts';
import { parseMemory, pressureSource, SLOW_PERIOD } from './proc.ts';
import { known, type Read, rounded, Share, type Source, seldom } from './source.ts';

/** What one CPU quota leaves: the idle share of it, how often it stopped the work. */
const quotaMeter = (
  read: Read,
  { folder, used }: CpuGroup,
): ((cpus: number, now: Millis) => Partial<Stats>) => {
  const busy = new Share();
  const throttled = new Share();
  let capacity = 0;
  let lastAt: Millis | undefined;
  return (cpus, now) => {
    capacity += (now - (lastAt ?? now)) * 1000 * cpus;
    lastAt = now;
    const micros = used();
    const busyShare = micros === undefined ? undefined : busy.see(micros, capacity, now);
    const stat = read(`${folder}/cpu.stat`) ?? '';
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
 * has touched for long, since the kernel gives those up first. A limit above the machine's memory is none; that is
 * how cgroup v1 writes "no limit" (9223372036854771712).
 */
const memoryStats = (read: Read, groups: readonly MemoryGroup[]): Stats => {
  const found = tightest(groups);
  if (!found) return {};
  const machine = parseMemory(read('/proc/meminfo') ?? '');
  const current = found.group.current();
  if (current === undefined || found.limit >= (machine?.total ?? 2 ** 53)) return {};
  const free = Math.max(0, found.limit - Math.max(0, current - (found.group.inactive() ?? 0)));
  return { memoryTotal: found.limit, memoryAvailable: Math.min(free, machine?.available ?? free) };
};

/** Processes seldom change their group. */
const GROUPS_PERIOD: Millis = 5000;

/** The limits of one process. */
class Limits {
  readonly #read: Read;
  readonly #hostCpus: number;
  readonly #groups: (now: Millis) => {
    readonly cpu: readonly CpuGroup[];
    readonly memory: readonly MemoryGroup[];
    readonly v2: string | undefined;
  };
  #memory: { readonly stats: Stats; readonly at: Millis } | undefined;
  #quota: { readonly folder: string; readonly see: ReturnType<typeof quotaMeter> } | undefined;
  #pressure: { readonly folder: string; readonly see: ReturnType<typeof pressureSource> } | undefined;

  constructor(read: Read, hostCpus: number, pid: number | undefined) {
    this.#read = read;
    this.#hostCpus = hostCpus;
    this.#groups = seldom(GROUPS_PERIOD, () => {
      const folders = cgroupFolders(read, pid);
      return { cpu: cpuGroups(read, folders), memory: memoryGroups(read, folders), v2: folders.v2[0] };
    });
  }

  look(now: Millis): Stats {
    const { cpu, memory, v2 } = this.#groups(now);
    const ofMemory = this.#ofMemory(memory, now);
    const found = tightest(cpu);
    // The group whose quota counts, else the process's own.
    const folder = found?.group.folder ?? (ofMemory.memoryTotal === undefined ? undefined : v2);
    return {
      ...(found ? this.#ofQuota(found.group, Math.min(found.limit, this.#hostCpus), now) : {}),
      ...ofMemory,
      ...known({ pressure: folder === undefined ? undefined : this.#ofPressure(folder, now) }),
    };
  }

  #ofMemory(groups: readonly MemoryGroup[], now: Millis): Stats {
    if (!this.#memory || now - this.#memory.at >= SLOW_PERIOD)
      this.#memory = { stats: memoryStats(this.#read, groups), at: now };
    return this.#memory.stats;
  }

  #ofQuota(group: CpuGroup, cpus: number, now: Millis): Partial<Stats> {
    if (this.#quota?.folder !== group.folder)
      this.#quota = { folder: group.folder, see: quotaMeter(this.#read, group) };
    return this.#quota.see(cpus, now);
  }

  #ofPressure(folder: string, now: Millis): Stats['pressure'] {
    if (this.#pressure?.folder !== folder)
      this.#pressure = {
        folder,
        see: pressureSource(this.#read, (resource) => `${folder}/${resource}.pressure`),
      };
    return this.#pressure.see(now);
  }
}

/**
 * The limits of cgroup v1 and v2 that work lives under: of all groups from its own to the top the tightest counts. A
 * quota that is set, changed or lifted shows at the next look. Says nothing of what is not limited. `of`: the process
 * whose groups these are; its own while that answers undefined.
 */
export const cgroupSource = (
  read: Read,
  hostCpus: number,
  of: (now: Millis) => number | undefined = () => undefined,
): Source => {
  let last: { readonly pid: number | undefined; readonly limits: Limits } | undefined;
  return (now) => {
    const pid = of(now);
    if (!last || last.pid !== pid) last = { pid, limits: new Limits(read, hostCpus, pid) };
    return last.limits.look(now);
  };
};
