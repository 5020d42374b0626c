import type { CgroupFolders } from './cgroup-folders.ts';
import type { Read } from './source.ts';

const coresOf = (quota: number, period: number): number | undefined => {
  const cores = quota / period;
  return Number.isFinite(cores) && cores > 0 ? cores : undefined;
};

/** Cores of a quota, from cpu.max: `150000 100000` is 1.5. Undefined for `max`, which is no limit. */
export const parseCpuMax = (text: string): number | undefined => {
  const match = /^(\d+) (\d+)\s*$/.exec(text);
  return match ? coresOf(Number(match[1]), Number(match[2])) : undefined;
};

/** Cores of a quota of cgroup v1, from cpu.cfs_quota_us and cpu.cfs_period_us. Undefined for -1, which is no limit. */
export const parseCfsQuota = (quota: string, period: string): number | undefined =>
  /^\d+\s*$/.test(quota) && /^\d+\s*$/.test(period) ? coresOf(Number(quota), Number(period)) : undefined;

/** Bytes from memory.max, memory.current and the like. Undefined for `max`. */
export const parseBytes = (text: string): number | undefined =>
  /^\d+\s*$/.test(text) ? Number(text) : undefined;

/** One number of a file with a name and a number in each line: cpu.stat, memory.stat. */
export const parseField = (text: string, name: string): number | undefined => {
  const match = new RegExp(`^${name} (\\d+)$`, 'm').exec(text);
  return match ? Number(match[1]) : undefined;
};

/** A group with a file for a CPU quota, and what belongs to it. */
export interface CpuGroup {
  readonly folder: string;
  /** Cores, as of now; undefined while there is no quota. */
  readonly limit: () => number | undefined;
  /** CPU time that the group has taken, microseconds. */
  readonly used: () => number | undefined;
}

export interface MemoryGroup {
  /** Bytes, as of now; undefined while there is no limit. */
  readonly limit: () => number | undefined;
  /** Bytes in use, caches that can be given up among them. */
  readonly current: () => number | undefined;
  /** Bytes of the caches that the kernel gives up first. */
  readonly inactive: () => number | undefined;
}

type Found<Group> = { readonly group: Group; readonly limit: number } | undefined;

/** The group with the smallest limit, and that limit; undefined if none has one. */
export const tightest = <Group extends CpuGroup | MemoryGroup>(groups: readonly Group[]): Found<Group> => {
  let found: Found<Group>;
  for (const group of groups) {
    const limit = group.limit();
    if (limit !== undefined && limit < (found?.limit ?? Number.POSITIVE_INFINITY)) found = { group, limit };
  }
  return found;
};

/** Those of the groups that can have a CPU quota, own first. Only their files are read from then on: looking for a missing one is dear. */
export const cpuGroups = (read: Read, { v2, cpu, cpuacct }: CgroupFolders): readonly CpuGroup[] => [
  ...v2
    .filter((folder) => read(`${folder}/cpu.max`) !== undefined)
    .map((folder) => ({
      folder,
      limit: () => parseCpuMax(read(`${folder}/cpu.max`) ?? ''),
      used: () => parseField(read(`${folder}/cpu.stat`) ?? '', 'usage_usec'),
    })),
  ...cpu.map((folder, depth) => ({
    folder,
    limit: () =>
      parseCfsQuota(read(`${folder}/cpu.cfs_quota_us`) ?? '', read(`${folder}/cpu.cfs_period_us`) ?? ''),
    used: () => {
      const nanos = parseBytes(read(`${cpuacct[depth]}/cpuacct.usage`) ?? '');
      return nanos === undefined ? undefined : nanos / 1000;
    },
  })),
];

/** Smallest of the numbers that are known. */
const least = (...numbers: readonly (number | undefined)[]): number | undefined => {
  const found = numbers.filter((number) => number !== undefined);
  return found.length > 0 ? Math.min(...found) : undefined;
};

/** Those of the groups that can have a memory limit, own first. */
export const memoryGroups = (read: Read, { v2, memory }: CgroupFolders): readonly MemoryGroup[] => {
  const bytes = (path: string) => parseBytes(read(path) ?? '');
  const field = (folder: string, name: string) => parseField(read(`${folder}/memory.stat`) ?? '', name);
  return [
    ...v2
      .filter((folder) => read(`${folder}/memory.max`) !== undefined)
      .map((folder) => ({
        // Above memory.high the kernel makes work wait: no more can be used well.
        limit: () => least(bytes(`${folder}/memory.max`), bytes(`${folder}/memory.high`)),
        current: () => bytes(`${folder}/memory.current`),
        inactive: () => field(folder, 'inactive_file'),
      })),
    ...memory.map((folder) => ({
      // The second knows of groups above that cannot be seen from inside a container.
      limit: () =>
        least(bytes(`${folder}/memory.limit_in_bytes`), field(folder, 'hierarchical_memory_limit')),
      current: () => bytes(`${folder}/memory.usage_in_bytes`),
      inactive: () => field(folder, 'total_inactive_file'),
    })),
  ];
};
