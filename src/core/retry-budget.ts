import type { Millis } from './types.ts';

/** Retries that are always allowed, in a second, so that a quiet pool can retry at all (Finagle's RetryBudget). */
const FLOOR_PER_SECOND = 10;
/** Tokens live this long (Finagle: 10 s). */
const LIFE_MS = 10_000;
/** Requests between two of these moments do not age the tokens: an exponential for each would cost too much. */
const AGE_EVERY_MS = 10;

/**
 * A token bucket for retries: every request pays in a fraction of a token, every retry takes a whole one, and there is
 * a floor. So retries cannot make an overload worse.
 */
export class RetryBudget {
  #tokens = FLOOR_PER_SECOND;
  #at: Millis;

  constructor(now: Millis) {
    this.#at = now;
  }

  /** A request came; `fraction` of one retry is allowed for it. */
  request(fraction: number, now: Millis): void {
    if (now - this.#at >= AGE_EVERY_MS) this.#age(now);
    this.#tokens = Math.min(this.#tokens + fraction, 1_000_000);
  }

  /** Takes a token for a retry; false if there is none. */
  take(now: Millis): boolean {
    this.#age(now);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** What was paid in decays, and the floor flows in. */
  #age(now: Millis): void {
    const passed = Math.max(0, now - this.#at);
    this.#at = now;
    const floor = FLOOR_PER_SECOND;
    if (this.#tokens > floor) this.#tokens = floor + (this.#tokens - floor) * Math.exp(-passed / LIFE_MS);
    else this.#tokens = Math.min(floor, this.#tokens + (passed / 1000) * FLOOR_PER_SECOND);
  }
}

/** One budget for each pool that had requests. */
export class RetryBudgets {
  readonly #budgets = new Map<string, RetryBudget>();

  of(pool: string, now: Millis): RetryBudget {
    const known = this.#budgets.get(pool);
    if (known) return known;
    const budget = new RetryBudget(now);
    this.#budgets.set(pool, budget);
    return budget;
  }
}
