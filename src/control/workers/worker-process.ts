import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Millis } from '../../core/types.ts';
import { STUCK_FD, type StuckFunction, stuckFunction } from '../process/stuck.ts';
import type { ToControl, ToWorker } from './messages.ts';

/** How a worker is started. */
export interface WorkerProgram {
  /** Arguments for node: the script and its own arguments. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Descriptors or handles of listening sockets, in the order of the listeners of the configuration. */
  readonly sockets: readonly unknown[];
}

/** How a worker ended. */
export interface WorkerEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The function that it got stuck in. */
  readonly stuck: StuckFunction | undefined;
}

export interface WorkerListener {
  heard(worker: WorkerProcess, message: ToControl, handle: unknown): void;
  ended(worker: WorkerProcess, end: WorkerEnd): void;
}

/** One worker, as control sees it. */
export class WorkerProcess {
  readonly number: number;
  /** From 1: the lowest that no other one has while it runs. */
  readonly place: number;
  /** `leaving`: it was told to drain, or did so by itself. */
  state: 'starting' | 'serving' | 'leaving' = 'starting';
  /** Of the configuration that it uses. */
  version = 0;
  /** Connections of clients, as it said last. */
  connections = 0;
  /** Connections that others have accepted for it: passed on to it so far, and arrived there as it said last. */
  passed = 0;
  adopted = 0;
  /** It ended what was under way without cutting anything. */
  drainedClean = false;
  heardAt: Millis = performance.now();
  readonly startedAt: Millis = performance.now();
  readonly #child: ChildProcess;
  #stuck: StuckFunction | undefined = undefined;

  constructor(
    { number, place }: { readonly number: number; readonly place: number },
    { args, env, sockets }: WorkerProgram,
    listener: WorkerListener,
  ) {
    this.number = number;
    this.place = place;
    const stdio = ['ignore', 'inherit', 'inherit', 'pipe', 'ipc', ...sockets] as StdioOptions;
    this.#child = spawn(process.execPath, args, { stdio, env, serialization: 'advanced' });
    createInterface({ input: this.#child.stdio[STUCK_FD] as Readable }).on('line', (line) => {
      this.#stuck = stuckFunction(line) ?? this.#stuck;
    });
    this.#child.on('message', (message: ToControl, handle: unknown) => {
      this.heardAt = performance.now();
      listener.heard(this, message, handle);
    });
    // A process that could not be started has no `close` of its own.
    this.#child.on('error', () => {
      if (this.pid === undefined) listener.ended(this, { code: null, signal: null, stuck: undefined });
    });
    this.#child.on('close', (code, signal) => listener.ended(this, { code, signal, stuck: this.#stuck }));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Nothing happens if the worker is gone; its end is told then. `sent` hears of an error, or of none. */
  send(message: ToWorker, handle?: unknown, sent: (error: Error | null) => void = () => undefined): void {
    if (this.#child.connected) this.#child.send(message, handle as never, {}, sent);
    else sent(new Error('the worker is gone'));
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}
