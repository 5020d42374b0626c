import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { HeldSocket } from './held-sockets.ts';
import type { Log } from './log.ts';

/** What the serving process tells its parent. */
export type ChildMessage = { readonly kind: 'ready' } | { readonly kind: 'failed' };

/** Number of the descriptor on which the watchdog of the serving process names a function that does not return. */
export const STUCK_FD = 3;
/** Sockets are handed down from this descriptor on, in the order of `sockets`. */
export const FIRST_SOCKET_FD = 5;
/** Environment variable with the functions that start bypassed, as a JSON list of name and hash. */
export const STUCK_VARIABLE = 'FOREHAND_STUCK';

/** Exit codes: a second signal forced the end; the serving process was killed by something else. */
const FORCED_EXIT = 2;
const UNCLEAN_EXIT = 3;
/** A process that served this long was well; its death starts the waiting times anew. */
const HEALTHY_AFTER_MS = 10_000;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5000;

/** A version of a user's function that did not return. */
export interface StuckFunction {
  readonly name: string;
  readonly hash: string;
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** Reads the watchdog's line; undefined for anything else. */
const stuckFunction = (line: string): StuckFunction | undefined => {
  try {
    const { stuck, hash } = JSON.parse(line) as { stuck?: unknown; hash?: unknown };
    return isText(stuck) && isText(hash) ? { name: stuck, hash } : undefined;
  } catch {
    return undefined;
  }
};

/** The functions that an earlier process got stuck in, as the supervisor tells its child. */
export const stuckFunctions = (env: NodeJS.ProcessEnv): readonly StuckFunction[] => {
  const list: unknown = JSON.parse(env[STUCK_VARIABLE] ?? '[]');
  return Array.isArray(list)
    ? list.filter((item): item is StuckFunction => isText(item?.name) && isText(item?.hash))
    : [];
};

export interface SupervisorOptions {
  /** Arguments for node: the script and its own arguments. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly sockets: readonly HeldSocket[];
  readonly log: Log;
  /** Exit code for the whole program, once the serving process is gone for good. */
  readonly onEnd: (code: number) => void;
}

/**
 * The small parent: it holds the listening sockets, starts the process that serves, and replaces it when it dies, so
 * that clients wait in the backlog instead of being refused. A user's function that looped for ever is named by the
 * dying process and starts bypassed in the next.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #stuck = new Map<string, StuckFunction>();
  #child: ChildProcess | undefined = undefined;
  #ending = false;
  #served = false;
  #startedAt = 0;
  #wait = FIRST_WAIT_MS;
  #retry: NodeJS.Timeout | undefined = undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  start(): void {
    const { args, env, sockets } = this.#options;
    const handles = sockets.map(({ handle }) => handle);
    const stdio = ['inherit', 'inherit', 'inherit', 'pipe', 'ipc', ...handles] as StdioOptions;
    const known = { [STUCK_VARIABLE]: JSON.stringify([...this.#stuck.values()]) };
    const child = spawn(process.execPath, args, {
      stdio,
      env: { ...env, ...known },
    });
    this.#child = child;
    this.#startedAt = performance.now();
    let stuck = false;
    createInterface({ input: child.stdio[STUCK_FD] as Readable }).on('line', (line) => {
      stuck = this.#noteStuck(line) || stuck;
    });
    child.on('message', (message: ChildMessage) => {
      if (message.kind === 'ready') this.#served = true;
    });
    child.on('error', (error) =>
      this.#options.log.error(`the serving process could not be started: ${error.message}`),
    );
    child.on('close', (code, signal) => this.#ended(code, signal, stuck));
  }

  /** Passes a signal on. TERM and INT end the program: the first lets exchanges finish, a second one does not. */
  signal(signal: NodeJS.Signals): void {
    if (signal === 'SIGTERM' || signal === 'SIGINT') {
      if (this.#ending) {
        this.#child?.kill('SIGKILL');
        return;
      }
      this.#ending = true;
      if (this.#retry) this.#finish(0);
    }
    this.#child?.kill(signal === 'SIGINT' ? 'SIGTERM' : signal);
  }

  #noteStuck(line: string): boolean {
    const stuck = stuckFunction(line);
    if (!stuck) return false;
    this.#stuck.set(`${stuck.name} ${stuck.hash}`, stuck);
    this.#options.log.error(
      `${stuck.name} did not return; the serving process is replaced and the function bypassed`,
    );
    return true;
  }

  #ended(code: number | null, signal: NodeJS.Signals | null, stuck: boolean): void {
    if (this.#ending || !(this.#served || stuck)) {
      this.#finish(signal === 'SIGKILL' ? FORCED_EXIT : (code ?? UNCLEAN_EXIT));
      return;
    }
    if (performance.now() - this.#startedAt > HEALTHY_AFTER_MS) this.#wait = FIRST_WAIT_MS;
    const wait = stuck ? 0 : this.#wait;
    this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MS);
    if (!stuck)
      this.#options.log.error(
        `the serving process ended (${signal ?? `exit ${code}`}); a new one starts in ${wait} ms`,
      );
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.start();
    }, wait);
  }

  #finish(code: number): void {
    clearTimeout(this.#retry);
    for (const socket of this.#options.sockets) socket.close();
    this.#options.onEnd(code);
  }
}
