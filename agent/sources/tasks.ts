import type { Millis } from '../../src/core/types.ts';
import { seldom, type Tree } from './source.ts';

/** What tasks got of the CPUs and what they had to wait for, over an interval, in cores: 0.5 is half of the time. */
export interface TaskShare {
  readonly ran: number;
  /** Ready to run and not running: in the run queue, or stopped by a quota. */
  readonly waited: number;
}

/** The first two numbers of /proc/PID/schedstat, nanoseconds since the task began (kernel: sched-stats.rst). */
export const parseSchedstat = (text: string): TaskShare | undefined => {
  const match = /^(\d+) (\d+) \d+\s*$/.exec(text);
  return match ? { ran: Number(match[1]), waited: Number(match[2]) } : undefined;
};

interface Task {
  readonly path: string;
  readonly seen: TaskShare;
  readonly at: Millis;
  /** Whether it ran, or wanted to, before it was last seen. */
  readonly busy: boolean;
}

const MAX_TASKS = 2048;
/** Most tasks that are read at one look: 5 to 20 us each, so 96 are at most 0.8 % of a core at 4 Hz, and only while so many are busy. */
const MAX_READS = 96;
/** One idle task in four is read at a look, in turn, but at least and at most so many: any of them may have woken up. */
const IDLE_TURNS = 4;
const MIN_IDLE_READS = 8;
const MAX_IDLE_READS = 32;
/** A new thread is found so late. A process with few threads costs 5 us to list. */
const LIST_PERIOD: Millis = 1000;

const NANOS = 1e6;

/**
 * The tasks (threads) of some processes, by the kernel's own count of the time that each ran and waited. Work and
 * memory are bounded: of an application with many threads the busy ones are read at each look and the others in turn.
 */
export class Tasks {
  readonly #tree: Tree;
  readonly #list: (now: Millis) => void;
  #tasks = new Map<string, Task | undefined>();
  /** Names of the tasks in the order that idle ones are read in. */
  #turn: string[] = [];

  /** `pids`: whose tasks; asked once a second. */
  constructor(tree: Tree, pids: (now: Millis) => readonly number[]) {
    this.#tree = tree;
    let at: Millis = 0;
    const list = seldom(LIST_PERIOD, () => this.#relist(pids(at)));
    this.#list = (now) => {
      at = now;
      list(now);
    };
  }

  /** Since the last look; undefined if no task could be read twice, so that nothing is known. */
  see(now: Millis): TaskShare | undefined {
    this.#list(now);
    let ran = 0;
    let waited = 0;
    let known = false;
    for (const path of this.#next()) {
      const share = this.#read(path, now);
      if (!share) continue;
      known = true;
      ran += share.ran;
      waited += share.waited;
    }
    return known ? { ran, waited } : undefined;
  }

  #relist(pids: readonly number[]): void {
    const paths = pids
      .flatMap((pid) =>
        this.#tree.list(`/proc/${pid}/task`).map((task) => `/proc/${pid}/task/${task}/schedstat`),
      )
      .slice(0, MAX_TASKS);
    this.#tasks = new Map(paths.map((path) => [path, this.#tasks.get(path)]));
    const listed = new Set(paths);
    const kept = this.#turn.filter((path) => listed.delete(path));
    this.#turn = [...kept, ...listed];
  }

  /** The busy tasks and some of the others, those first that have not been read for longest; all at the first look. */
  #next(): readonly string[] {
    const busy = this.#turn.filter((path) => this.#tasks.get(path)?.busy !== false);
    const idle = this.#turn.length - busy.length;
    const chosen = new Set(busy.slice(0, MAX_READS - MAX_IDLE_READS));
    const some = Math.min(MAX_IDLE_READS, Math.max(MIN_IDLE_READS, Math.ceil(idle / IDLE_TURNS)));
    const most = Math.min(MAX_READS, chosen.size + some);
    for (const path of this.#turn) if (chosen.size < most) chosen.add(path);
    this.#turn = [...this.#turn.filter((path) => !chosen.has(path)), ...chosen];
    return [...chosen];
  }

  #read(path: string, now: Millis): TaskShare | undefined {
    const last = this.#tasks.get(path);
    const seen = parseSchedstat(this.#tree.read(path) ?? '');
    const elapsed = last ? (now - last.at) * NANOS : 0;
    if (last && elapsed <= 0) return undefined;
    const ran = seen && last ? Math.max(0, seen.ran - last.seen.ran) / elapsed : 0;
    const waited = seen && last ? Math.max(0, seen.waited - last.seen.waited) / elapsed : 0;
    // What the kernel counts is nothing at all where it was built, or told, not to count.
    if (seen) this.#tasks.set(path, { path, seen, at: now, busy: ran + waited > 0 });
    return seen && last && seen.ran > 0 ? { ran, waited } : undefined;
  }
}
