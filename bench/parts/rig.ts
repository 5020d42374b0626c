import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type ProcessStat, runningTree } from './process-stat.ts';

/** A program to start. */
export interface Program {
  /** For messages and for the name of its log; no two running ones may share it. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The only core that it and its children may run on; any if left out. */
  readonly core?: number | undefined;
}

/** A program that was started. */
export interface Running {
  readonly name: string;
  readonly pid: number;
  /** Its exit code, once it has ended; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  readonly hasEnded: () => boolean;
  /** What it has written so far, standard output and error together. */
  readonly output: () => string;
}

/** So long may a program take to end by itself. */
const PATIENCE_MS = 5000;

/** Ends this very process by force, and no other that was given its pid since. */
const kill = ({ pid, begun }: ProcessStat): void => {
  try {
    if (runningTree(pid)[0]?.begun === begun) process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended in between.
  }
};

/**
 * Everything that a measurement starts and writes: its processes and a folder for their files. `close` ends all of
 * them and removes the folder, and so does the end of this process, whatever the reason (but SIGKILL).
 */
export class Rig {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'forehand-bench-'));
  readonly #running = new Map<ChildProcess, Promise<number | null>>();
  readonly #atExit = (): void => this.#closeAtOnce();
  #isClosed = false;

  constructor() {
    process.once('exit', this.#atExit);
  }

  /** Starts a program. Throws when the rig is closed. */
  start({ name, command, args, env = {}, core }: Program): Running {
    if (this.#isClosed) throw new Error(`${name} is not started any more: the measurement was ended`);
    const pinned =
      core === undefined ? [command, ...args] : ['taskset', '-c', String(core), command, ...args];
    const [file = command, ...rest] = pinned;
    const log = join(this.folder, `${name}.log`);
    const fd = openSync(log, 'w');
    const child = spawn(file, rest, { stdio: ['ignore', fd, fd], env: { ...process.env, ...env } });
    closeSync(fd);
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once('exit', resolve);
      child.once('error', reject);
    }).finally(() => this.#running.delete(child));
    ended.catch(() => {}); // told by whoever waits for it
    this.#running.set(child, ended);
    const hasEnded = (): boolean => !this.#running.has(child);
    return { name, pid: child.pid ?? 0, ended, hasEnded, output: () => readFileSync(log, 'utf8') };
  }

  /** Runs a program to its end and answers with what it wrote; throws when it fails. */
  async run(program: Program): Promise<string> {
    const running = this.start(program);
    const code = await running.ended;
    if (code !== 0) throw new Error(`${program.name} ended with ${code}:\n${running.output()}`);
    return running.output();
  }

  /** Asks all programs to end, ends those by force that do not, and removes the folder. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const trees = this.#trees();
    const ends = [...this.#running].map(([child, ended]) => {
      child.kill('SIGTERM');
      return ended;
    });
    await Promise.race([Promise.allSettled(ends), setTimeout(PATIENCE_MS, undefined, { ref: false })]);
    for (const each of trees) kill(each);
    process.off('exit', this.#atExit);
    rmSync(this.folder, { recursive: true, force: true });
  }

  #trees(): readonly ProcessStat[] {
    return [...this.#running.keys()].flatMap(({ pid = 0 }) => runningTree(pid));
  }

  #closeAtOnce(): void {
    for (const each of this.#trees()) kill(each);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
