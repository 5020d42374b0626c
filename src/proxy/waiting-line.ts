import type { Millis } from '../core/types.ts';
import type { Attempt } from './attempt.ts';
import type { PoolLine } from './pool-lines.ts';
import type { PoolSettings } from './settings.ts';

/** Which connection a request may go on. `recent`: a new one, or one used within the last second. */
export type Wish = 'any' | 'recent' | 'new';

export interface Waiting {
  readonly attempt: Attempt;
  readonly wish: Wish;
  readonly until: Millis;
}

/** The requests that wait for a connection to one server: who comes first goes first. */
export class WaitingLine {
  /** Nobody's time is over before. */
  deadline: Millis = Number.POSITIVE_INFINITY;
  readonly #pool: PoolLine;
  #all: Waiting[] = [];

  /** @param pool all that wait for the servers of the pool. */
  constructor(pool: PoolLine) {
    this.#pool = pool;
  }

  get length(): number {
    return this.#all.length;
  }

  get first(): Waiting | undefined {
    return this.#all[0];
  }

  /**
   * Lets an attempt wait. False: here or in the whole pool too many wait, or it has waited long enough: all waits of a
   * request together are no longer than `timeout`, however many servers it waits for.
   */
  enter(
    attempt: Attempt,
    wish: Wish,
    { size, timeout, total = Number.POSITIVE_INFINITY }: PoolSettings['queue'],
    now: Millis,
  ): boolean {
    const { exchange } = attempt;
    exchange.waitEnd ??= now + timeout;
    const until = exchange.waitEnd;
    if (this.#all.length >= size || this.#pool.length >= total || until <= now) return false;
    const one = { attempt, wish, until };
    this.#all.push(one);
    this.#pool.add(one);
    this.deadline = Math.min(this.deadline, until);
    return true;
  }

  /** The first one waits no longer. */
  shift(): Waiting | undefined {
    const one = this.#all.shift();
    if (one) this.#pool.delete(one);
    return one;
  }

  forget(attempt: Attempt): void {
    this.#leave((one) => one.attempt === attempt);
  }

  /** Those whose time is over wait no longer. */
  takeOverdue(now: Millis): readonly Waiting[] {
    const late = this.#leave(({ until }) => until <= now);
    this.deadline = this.#all.reduce((first, { until }) => Math.min(first, until), Number.POSITIVE_INFINITY);
    return late;
  }

  #leave(leaves: (one: Waiting) => boolean): readonly Waiting[] {
    const gone = this.#all.filter(leaves);
    if (gone.length === 0) return gone;
    this.#all = this.#all.filter((one) => !leaves(one));
    for (const one of gone) this.#pool.delete(one);
    return gone;
  }
}
