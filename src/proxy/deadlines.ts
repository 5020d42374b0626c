import type { Millis } from '../core/types.ts';
import { type Deadlined, tellOverdue } from './sweep.ts';

/**
 * One timer for the earliest of many deadlines, where a few milliseconds matter; a Sweep would be too coarse. A deadline
 * may be put off by assignment alone; one that comes nearer has to be added again.
 */
export class Deadlines {
  readonly #clock: () => Millis;
  readonly #onFault: (error: unknown) => void;
  readonly #all = new Set<Deadlined>();
  #timer: NodeJS.Timeout | undefined = undefined;
  /** When the timer looks next. */
  #lookAt: Millis = Number.POSITIVE_INFINITY;

  constructor(clock: () => Millis, onFault: (error: unknown) => void) {
    this.#clock = clock;
    this.#onFault = onFault;
  }

  /** How many there are. */
  get size(): number {
    return this.#all.size;
  }

  add(one: Deadlined): void {
    this.#all.add(one);
    if (one.deadline < this.#lookAt) this.#lookIn(one.deadline - this.#clock());
  }

  delete(one: Deadlined): void {
    this.#all.delete(one);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#all.clear();
  }

  #lookIn(wait: Millis): void {
    clearTimeout(this.#timer);
    const whole = Math.max(1, Math.ceil(wait));
    this.#lookAt = this.#clock() + whole;
    this.#timer = setTimeout(() => this.#look(), whole).unref();
  }

  #look(): void {
    const now = this.#clock();
    let next = Number.POSITIVE_INFINITY;
    this.#lookAt = Number.POSITIVE_INFINITY;
    for (const one of this.#all) {
      if (one.deadline <= now) tellOverdue(one, this.#all, this.#onFault);
      else next = Math.min(next, one.deadline);
    }
    if (next < this.#lookAt) this.#lookIn(next - now);
  }
}
