import type { Millis } from '../../core/types.ts';
import { Backoff } from '../process/backoff.ts';
import type { NumberedConfig, ToControl, ToWorker } from './messages.ts';
import { type WorkerEnd, WorkerProcess, type WorkerProgram } from './worker-process.ts';

/** Behind the time that a worker has for ending by itself, it is ended. */
const PATIENCE_MS = 5000;
/** How long a new configuration may take to load; a worker that loads longer is not waited for. */
const CONFIGURE_MS = 30_000;

export interface WorkersParts {
  /** Asked before each start. */
  program(): WorkerProgram;
  /** The first message to a new worker. */
  orders(worker: WorkerProcess): ToWorker;
  /** Hears everything that workers say. */
  heard(worker: WorkerProcess, message: ToControl, handle: unknown): void;
  /** A worker is gone: as it should (it was `leaving`), or not; then another one starts after `wait` ms. */
  ended(worker: WorkerProcess, end: WorkerEnd, wait: Millis | undefined): void;
}

interface Hope {
  readonly fulfil: () => void;
  readonly refuse: (why: Error) => void;
}

const endText = ({ code, signal }: WorkerEnd): string => `it ended (${signal ?? `exit ${code}`})`;

/** Those processes that carry traffic: as many as wanted, each replaced when it dies. */
export class Workers {
  readonly #parts: WorkersParts;
  /** Every one that runs, those included that are about to leave. */
  readonly #running = new Map<number, WorkerProcess>();
  /** Who waits for a worker to be ready, and for one to have taken a configuration. */
  readonly #starts = new Map<number, Hope>();
  readonly #configurings = new Map<number, () => void>();
  readonly #backoff = new Backoff();
  readonly #retries = new Set<NodeJS.Timeout>();
  #wanted = 0;
  #next = 1;
  #isEnding = false;
  #allEnded: () => void = () => undefined;

  constructor(parts: WorkersParts) {
    this.#parts = parts;
  }

  /** Those that run, with those that are starting or leaving. */
  get running(): readonly WorkerProcess[] {
    return [...this.#running.values()];
  }

  get serving(): readonly WorkerProcess[] {
    return this.running.filter(({ state }) => state === 'serving');
  }

  get wanted(): number {
    return this.#wanted;
  }

  worker(number: number): WorkerProcess | undefined {
    return this.#running.get(number);
  }

  /** Starts as many workers; resolves when all of them serve. Rejects with what the first one says that cannot. */
  async start(count: number): Promise<void> {
    this.#wanted = count;
    await Promise.all(Array.from({ length: count }, () => this.#startOne()));
  }

  /** Has as many workers from now on. */
  async resize(count: number, grace: Millis): Promise<void> {
    this.#wanted = count;
    const staying = this.running.filter(({ state }) => state !== 'leaving');
    for (const worker of staying.slice(count)) this.#leave(worker, grace);
    const missing = Math.max(0, this.#missing);
    await Promise.all(Array.from({ length: missing }, () => this.#startOne()));
  }

  /** Replaces all workers, one by one: the next one leaves when its successor serves. Rejects if one cannot start. */
  async roll(grace: Millis): Promise<void> {
    for (const worker of this.running) {
      if (worker.state === 'leaving' || this.#isEnding) continue;
      await this.#startOne();
      this.#leave(worker, grace);
    }
  }

  /** Hands a configuration to all; resolves when each has taken or refused it. */
  async configure(numbered: NumberedConfig): Promise<void> {
    await Promise.all(this.serving.map((worker) => this.#configure(worker, numbered)));
  }

  /** Says something to all that serve. */
  tell(message: ToWorker): void {
    for (const worker of this.serving) worker.send(message);
  }

  /** Ends all workers. Resolves when they are gone, with false if something under way had to be cut. */
  async drain(grace: Millis): Promise<boolean> {
    this.#isEnding = true;
    this.#wanted = 0;
    for (const retry of this.#retries) clearTimeout(retry);
    const workers = this.running;
    for (const worker of workers) this.#leave(worker, grace);
    if (this.#running.size > 0)
      await new Promise<void>((resolve) => {
        this.#allEnded = resolve;
      });
    return workers.every(({ drainedClean }) => drainedClean);
  }

  /** Kills what still runs. Resolves when it is gone. */
  async close(): Promise<void> {
    const gone = this.drain(0);
    for (const worker of this.running) worker.kill('SIGKILL');
    await gone;
  }

  #startOne(): Promise<void> {
    const worker = new WorkerProcess(
      { number: this.#next++, place: this.#freePlace() },
      this.#parts.program(),
      {
        heard: (_, message, handle) => this.#heard(worker, message, handle),
        ended: (_, end) => this.#ended(worker, end),
      },
    );
    this.#running.set(worker.number, worker);
    return new Promise((fulfil, refuse) => {
      this.#starts.set(worker.number, { fulfil, refuse });
      worker.send(this.#parts.orders(worker));
    });
  }

  #freePlace(): number {
    const taken = new Set(this.running.map(({ place }) => place));
    for (let place = 1; ; place++) if (!taken.has(place)) return place;
  }

  #leave(worker: WorkerProcess, grace: Millis): void {
    if (worker.state === 'starting') {
      worker.drainedClean = true;
      worker.kill('SIGKILL');
    } else worker.send({ kind: 'drain', grace });
    worker.state = 'leaving';
    setTimeout(() => worker.kill('SIGKILL'), grace + PATIENCE_MS).unref();
  }

  #configure(worker: WorkerProcess, numbered: NumberedConfig): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(late);
        this.#configurings.delete(worker.number);
        resolve();
      };
      const late = setTimeout(end, CONFIGURE_MS);
      this.#configurings.set(worker.number, end);
      worker.send({ kind: 'config', ...numbered });
    });
  }

  #heard(worker: WorkerProcess, message: ToControl, handle: unknown): void {
    if (message.kind === 'ready') this.#ready(worker, message.version);
    if (message.kind === 'failed') this.#starts.get(worker.number)?.refuse(new Error(message.text));
    if (message.kind === 'configured') {
      if (message.ok) worker.version = message.version;
      this.#configurings.get(worker.number)?.();
    }
    if (message.kind === 'leaving') this.#leavesByItself(worker);
    if (message.kind === 'drained') worker.drainedClean = message.clean;
    this.#parts.heard(worker, message, handle);
  }

  #leavesByItself(worker: WorkerProcess): void {
    worker.state = 'leaving';
    if (this.#missing > 0) this.#startLater(0);
  }

  /** How many less there are, or will be, than are wanted. */
  get #missing(): number {
    const there = this.running.filter(({ state }) => state !== 'leaving').length;
    return this.#wanted - there - this.#retries.size;
  }

  #ready(worker: WorkerProcess, version: number): void {
    if (worker.state === 'starting') worker.state = 'serving';
    worker.version = version;
    this.#starts.get(worker.number)?.fulfil();
    this.#starts.delete(worker.number);
  }

  #ended(worker: WorkerProcess, end: WorkerEnd): void {
    this.#running.delete(worker.number);
    this.#starts.get(worker.number)?.refuse(new Error(endText(end)));
    this.#starts.delete(worker.number);
    this.#configurings.get(worker.number)?.();
    const isMissed = this.#missing > 0;
    const wait = end.stuck ? 0 : this.#backoff.next(performance.now() - worker.startedAt);
    this.#parts.ended(worker, end, isMissed ? wait : undefined);
    if (isMissed) this.#startLater(wait);
    if (this.#running.size === 0) this.#allEnded();
  }

  #startLater(wait: Millis): void {
    const retry = setTimeout(() => {
      this.#retries.delete(retry);
      if (this.#missing < 1) return;
      // What went wrong is told when the process has ended, and that starts the next.
      this.#startOne().catch(() => undefined);
    }, wait);
    this.#retries.add(retry);
  }
}
