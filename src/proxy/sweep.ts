import type { Millis } from '../core/types.ts';

/** How often deadlines are looked at. No limit is shorter than a few of these. */
export const LOOK_EVERY_MS = 100;

/** Something whose time can run out. */
export interface Deadlined {
  /** On the clock of the sweep; Infinity for none. */
  readonly deadline: Millis;
  /** The deadline has passed. */
  overdue(): void;
}

/** Tells one of `all` that its time is over. One that throws leaves them. */
export const tellOverdue = (one: Deadlined, all: Set<Deadlined>, onFault: (error: unknown) => void): void => {
  try {
    one.overdue();
  } catch (thrown) {
    all.delete(one);
    onFault(thrown);
  }
};

/**
 * One coarse timer for all deadlines of a process, in place of one a connection: setting a deadline is one assignment.
 * What is late is told so at most LOOK_EVERY_MS after its time.
 */
export class Sweep {
  /** The time of the last look, ms; at most LOOK_EVERY_MS old. */
  now: Millis;
  /** The date of the last look, epoch ms. */
  date: number;
  readonly #clock: () => Millis;
  readonly #date: () => number;
  readonly #onFault: (error: unknown) => void;
  readonly #all = new Set<Deadlined>();
  readonly #timer: NodeJS.Timeout;

  constructor(clock: () => Millis, date: () => number, onFault: (error: unknown) => void) {
    this.#clock = clock;
    this.#date = date;
    this.#onFault = onFault;
    this.now = clock();
    this.date = date();
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  add(one: Deadlined): void {
    this.#all.add(one);
  }

  delete(one: Deadlined): void {
    this.#all.delete(one);
  }

  /** Looks now. */
  look(): void {
    this.now = this.#clock();
    this.date = this.#date();
    for (const one of this.#all) if (one.deadline <= this.now) tellOverdue(one, this.#all, this.#onFault);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#all.clear();
  }
}
