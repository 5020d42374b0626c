import type { Read } from './source.ts';

/** The groups that a process lives in, as folders, own group first and the top of what can be seen last. */
export interface CgroupFolders {
  /** Of the one hierarchy of cgroup v2; empty where it is not mounted. */
  readonly v2: readonly string[];
  /** Of the hierarchies of cgroup v1 with that controller; empty where there is none. */
  readonly cpu: readonly string[];
  /** Empty also where the accounting of CPU time has groups of its own, which do not say what the quota counts. */
  readonly cpuacct: readonly string[];
  readonly memory: readonly string[];
}

interface Hierarchy {
  /** Empty for cgroup v2. */
  readonly controllers: readonly string[];
  /** Path of the group within the hierarchy that is the mount's top. */
  readonly top: string;
  readonly mountPoint: string;
}

/** A path in mountinfo: blanks and the like are written as three octal digits (proc(5)). */
const unescaped = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

const mountOf = (line: string): Hierarchy | undefined => {
  const [mount, system] = line.split(' - ');
  const [, , , top, mountPoint] = (mount ?? '').split(' ');
  const [type, , options] = (system ?? '').split(' ');
  if (top === undefined || mountPoint === undefined || !type?.startsWith('cgroup')) return undefined;
  const controllers = type === 'cgroup2' ? [] : (options ?? '').split(',');
  return { controllers, top: unescaped(top), mountPoint: unescaped(mountPoint) };
};

/** Where systems mount their groups, for kernels and sandboxes that do not tell. */
const USUAL: readonly Hierarchy[] = [
  { controllers: [], top: '/', mountPoint: '/sys/fs/cgroup' },
  { controllers: [], top: '/', mountPoint: '/sys/fs/cgroup/unified' },
  ...['cpu,cpuacct', 'cpuacct,cpu', 'cpu', 'cpuacct', 'memory'].map((name) => ({
    controllers: name.split(','),
    top: '/',
    mountPoint: `/sys/fs/cgroup/${name}`,
  })),
];

/** A file that every group of a controller has where it counts, the top one too: a mount point without it is none. */
const MARKS = {
  v2: 'cgroup.controllers',
  cpu: 'cpu.cfs_quota_us',
  cpuacct: 'cpuacct.usage',
  memory: 'memory.stat',
};

type Controller = keyof typeof MARKS;

const hierarchyOf = (
  read: Read,
  mounts: readonly Hierarchy[],
  controller: Controller,
): Hierarchy | undefined =>
  mounts.find(
    ({ controllers, mountPoint }) =>
      (controller === 'v2' ? controllers.length === 0 : controllers.includes(controller)) &&
      read(`${mountPoint}/${MARKS[controller]}`) !== undefined,
  );

/** The paths in /proc/PID/cgroup by controller; that of v2 under `v2`. */
const parseGroups = (text: string): ReadonlyMap<string, string> => {
  const paths = new Map<string, string>();
  for (const [, controllers = '', path = '/'] of text.matchAll(/^\d+:([^:\n]*):(\/.*)$/gm))
    for (const name of controllers === '' ? ['v2'] : controllers.split(',')) paths.set(name, path);
  return paths;
};

/** The part of a path below the mount's top; undefined where the group lies elsewhere and cannot be seen. */
const below = (path: string, top: string): readonly string[] | undefined => {
  const prefix = top === '/' ? '/' : `${top}/`;
  // A group outside of this namespace is shown as `/../..`.
  if (path.includes('/..') || !`${path}/`.startsWith(prefix)) return undefined;
  return path
    .slice(prefix.length)
    .split('/')
    .filter((name) => name !== '');
};

const foldersOf = (mountPoint: string, names: readonly string[]): readonly string[] =>
  [...names.keys(), names.length].map((depth) => [mountPoint, ...names.slice(0, depth)].join('/')).reverse();

/**
 * Finds the groups of a process (`self`, or its number) in cgroup v1, v2 and both at once (systemd's hybrid set-up).
 * In a container /proc/self/cgroup may show a path of the host: then the top of what is mounted is the container's own
 * group. Of another process that lives outside of what is mounted here nothing is known. A folder in the answer need
 * not exist. Sources: cgroups(7), proc_pid_mountinfo(5).
 */
export const cgroupFolders = (read: Read, of: number | 'self' = 'self'): CgroupFolders => {
  const paths = parseGroups(read(`/proc/${of}/cgroup`) ?? '');
  const listed = (read('/proc/self/mountinfo') ?? '').split('\n').flatMap((line) => mountOf(line) ?? []);
  const mounts = [...listed, ...USUAL];
  const find = (controller: Controller): readonly string[] => {
    const hierarchy = hierarchyOf(read, mounts, controller);
    const path = paths.get(controller) ?? (of === 'self' ? '/' : undefined);
    if (!hierarchy || path === undefined) return [];
    const names = below(path, hierarchy.top) ?? (of === 'self' ? [] : undefined);
    return names ? foldersOf(hierarchy.mountPoint, names) : [];
  };
  const sameGroup = paths.get('cpu') === paths.get('cpuacct');
  return {
    v2: find('v2'),
    cpu: find('cpu'),
    cpuacct: sameGroup ? find('cpuacct') : [],
    memory: find('memory'),
  };
};
