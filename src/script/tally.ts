import type { Millis } from '../core/types.ts';

/** Counts calls and faults over the last one to two windows of time, in constant space. */
export class Tally {
  readonly #windowMs: Millis;
  #turnsAt: Millis = Number.NEGATIVE_INFINITY;
  #calls = 0;
  #faults = 0;
  #callsBefore = 0;
  #faultsBefore = 0;

  constructor(windowMs: Millis) {
    this.#windowMs = windowMs;
  }

  call(now: Millis): void {
    if (now >= this.#turnsAt) this.#turn(now);
    this.#calls += 1;
  }

  fault(now: Millis): void {
    if (now >= this.#turnsAt) this.#turn(now);
    this.#faults += 1;
  }

  /** Faults per call; infinite when there were no calls. */
  get share(): number {
    return (this.#faults + this.#faultsBefore) / (this.#calls + this.#callsBefore);
  }

  #turn(now: Millis): void {
    const follows = now < this.#turnsAt + this.#windowMs;
    this.#callsBefore = follows ? this.#calls : 0;
    this.#faultsBefore = follows ? this.#faults : 0;
    this.#calls = 0;
    this.#faults = 0;
    this.#turnsAt = now + this.#windowMs;
  }
}
