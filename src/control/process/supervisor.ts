import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { HeldSocket } from '../listeners/held-sockets.ts';
import type { Log } from '../logs/log.ts';
import { Backoff } from './backoff.ts';
import { STUCK_FD, STUCK_VARIABLE, type StuckFunction, stuckFunction } from './stuck.ts';

/** What the serving process tells its parent. */
export type ChildMessage =
  | { readonly kind: 'ready' }
  /** One of its workers got stuck in this function: it starts bypassed from now on. */
  | { readonly kind: 'stuck'; readonly stuck: StuckFunction }
  /** It takes no more connections, and ends soon: who comes is to be refused and not to wait. */
  | { readonly kind: 'deaf' }
  /** Somebody who may do so wants the whole program to end. */
  | { readonly kind: 'quit' };

/** Sockets are handed down from this descriptor on, in the order of `sockets`. */
export const FIRST_SOCKET_FD = 5;

/** Exit codes: a second signal forced the end; the serving process was killed by something else. */
const FORCED_EXIT = 2;
const UNCLEAN_EXIT = 3;

export interface SupervisorOptions {
  /** Arguments for node: the script and its own arguments. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly sockets: readonly HeldSocket[];
  readonly log: Log;
  /** Exit code for the whole program, once the serving process is gone for good. */
  readonly onEnd: (code: number) => void;
  /** The serving process serves; called again for each that takes the place of one before. */
  readonly onReady?: () => void;
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
  readonly #backoff = new Backoff();
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
    child.on('message', (message: ChildMessage) => this.#heard(message));
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

  #heard(message: ChildMessage): void {
    if (message.kind === 'ready') this.#serves();
    if (message.kind === 'quit' && !this.#ending) this.signal('SIGTERM');
    if (message.kind === 'stuck') this.#remember(message.stuck);
    if (message.kind === 'deaf' && this.#ending) this.#closeSockets();
  }

  #serves(): void {
    this.#served = true;
    this.#options.onReady?.();
  }

  #remember(stuck: StuckFunction): void {
    this.#stuck.set(`${stuck.name} ${stuck.hash}`, stuck);
  }

  #noteStuck(line: string): boolean {
    const stuck = stuckFunction(line);
    if (!stuck) return false;
    this.#remember(stuck);
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
    const wait = stuck ? 0 : this.#backoff.next(performance.now() - this.#startedAt);
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
    this.#closeSockets();
    this.#options.onEnd(code);
  }

  #closeSockets(): void {
    for (const socket of this.#options.sockets) socket.close();
  }
}
