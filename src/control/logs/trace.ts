import type { Log } from './log.ts';

/** What can be followed step by step: one class for each part of the proxy that people ask about. */
export const TRACE_CLASSES = ['config', 'pool', 'decisions', 'reports', 'timing'] as const;

export type TraceClass = (typeof TRACE_CLASSES)[number];

export const isTraceClass = (name: unknown): name is TraceClass =>
  TRACE_CLASSES.some((known) => known === name);

/**
 * Lines in one second over all classes. Clients make most of what there is to follow, and the log is there for other
 * things too.
 */
const MOST_PER_SECOND = 500;
const SECOND_MS = 1000;

/**
 * Says what the proxy does, step by step, for those classes that are switched on. Ask `enabled` before making a message:
 * most of the time nobody listens.
 */
export class Trace {
  readonly #log: Log;
  readonly #now: () => number;
  #classes: ReadonlySet<TraceClass> = new Set();
  #secondEnds = Number.NEGATIVE_INFINITY;
  #said = 0;
  #leftOut = 0;

  /**
   * @param log Written at the level info.
   * @param now Monotonic ms.
   */
  constructor(log: Log, now: () => number, names: readonly TraceClass[] = []) {
    this.#log = log;
    this.#now = now;
    this.set(names);
  }

  /** Those that are on, in the order of TRACE_CLASSES. */
  get classes(): readonly TraceClass[] {
    return TRACE_CLASSES.filter((name) => this.#classes.has(name));
  }

  enabled(name: TraceClass): boolean {
    return this.#classes.has(name);
  }

  /** Switches these on and all others off. */
  set(names: readonly TraceClass[]): void {
    this.#classes = new Set(names);
  }

  /** Writes a line if its class is on, and at most 500 a second; how many were left out is said in the next second. */
  say(name: TraceClass, message: string, data?: object): void {
    if (!this.#classes.has(name)) return;
    const now = this.#now();
    if (now >= this.#secondEnds) this.#beginSecond(now);
    if (this.#said >= MOST_PER_SECOND) {
      this.#leftOut += 1;
      return;
    }
    this.#said += 1;
    this.#log.info(message, { trace: name, ...data });
  }

  #beginSecond(now: number): void {
    this.#secondEnds = now + SECOND_MS;
    this.#said = 0;
    if (this.#leftOut === 0) return;
    this.#log.info(`trace: ${this.#leftOut} lines were left out, more than ${MOST_PER_SECOND} in a second`);
    this.#leftOut = 0;
  }
}
