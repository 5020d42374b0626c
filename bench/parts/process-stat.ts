import { readdirSync, readFileSync } from 'node:fs';

/** What one line of /proc/PID/stat says, as far as it is needed here. */
export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  /** CPU time, user and system, of the process and of its ended children that it has waited for; in ticks. */
  readonly ticks: number;
  /** When it began, in ticks since the machine started: pid and this together never mean two processes. */
  readonly begun: number;
}

/** Fields of /proc/PID/stat by proc_pid_stat(5), counted from the state, which is the first behind the name. */
const FIELD = { parent: 1, userTime: 11, startTime: 19 } as const;
const TIMES = 4;

/** Reads a line of /proc/PID/stat. The name stands in parentheses and may itself hold blanks and parentheses. */
export const parseStat = (line: string): ProcessStat => {
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  const times = fields.slice(FIELD.userTime, FIELD.userTime + TIMES).map(Number);
  return {
    pid: Number.parseInt(line, 10),
    parent: Number(fields[FIELD.parent]),
    ticks: times.reduce((sum, time) => sum + time, 0),
    begun: Number(fields[FIELD.startTime]),
  };
};

/** The process `root` and all below it, parents first; empty when it is not there. */
export const treeOf = (root: number, all: readonly ProcessStat[]): readonly ProcessStat[] => {
  const tree = all.filter(({ pid }) => pid === root);
  for (const { pid } of tree) tree.push(...all.filter(({ parent }) => parent === pid));
  return tree;
};

/** What the file of a process says; nothing when the process has ended in between. */
const readOfProcess = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
    if (code === 'ENOENT' || code === 'ESRCH') return undefined;
    throw thrown;
  }
};

/** The running process `root` and all below it, parents first; empty when it has ended. */
export const runningTree = (root: number): readonly ProcessStat[] => {
  const lines = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => readOfProcess(`/proc/${pid}/stat`) ?? []);
  return treeOf(root, lines.map(parseStat));
};

/** Microseconds of a tick: USER_HZ is 100 on every architecture that Linux has kept. */
const MICROS_PER_TICK = 10_000;

/**
 * CPU time that a process and all below it have taken so far, user and system, in microseconds. Throws when the process
 * has ended: nothing is known of it then.
 */
export const cpuMicros = (root: number): number => {
  const tree = runningTree(root);
  if (tree.length === 0) throw new Error(`process ${root} has ended`);
  return tree.reduce((sum, { ticks }) => sum + ticks, 0) * MICROS_PER_TICK;
};

/**
 * Memory of a process and all below it in bytes, as PSS: a page that several processes share counts for each of them
 * by its part only, so that the sum is what the machine would get back.
 */
export const memoryBytes = (root: number): number =>
  runningTree(root)
    .map(({ pid }) => /^Pss:\s+(\d+) kB$/m.exec(readOfProcess(`/proc/${pid}/smaps_rollup`) ?? '')?.[1])
    .reduce((sum, kibibytes) => sum + Number(kibibytes ?? 0) * 1024, 0);

/** Ticks that a core was busy, from the text of /proc/stat: everything but idle and waiting for disks. */
export const parseBusyTicks = (stat: string, core: number): number => {
  const line = stat.split('\n').find((each) => each.startsWith(`cpu${core} `)) ?? '';
  const [, user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = line
    .split(/\s+/)
    .map(Number);
  return user + nice + system + irq + softirq + steal;
};

/** CPU time that a core has given to anybody so far, in microseconds. */
export const busyMicros = (core: number): number =>
  parseBusyTicks(readFileSync('/proc/stat', 'utf8'), core) * MICROS_PER_TICK;
