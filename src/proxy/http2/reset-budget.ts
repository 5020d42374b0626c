import type { Millis } from '../../core/types.ts';

/** Streams that a client may reset at once. */
const MOST = 100;
/** Those that flow in, a second: 100 in ten seconds. */
const PER_SECOND = 10;
/** Peers that are known at a time. */
const MOST_PEERS = 10_000;

/**
 * Resets that a client still has (CVE-2023-44487, CVE-2025-8671): a stream that ends without its answer costs one, one
 * that was answered gives one back, so that a browser may cancel as much as it uses.
 */
export class ResetBudget {
  #left = MOST;
  #at: Millis;

  constructor(now: Millis) {
    this.#at = now;
  }

  /** A stream was reset. False: it was one too many. */
  take(now: Millis): boolean {
    this.#flow(now);
    this.#left = Math.max(0, this.#left - 1);
    return this.#left > 0;
  }

  /** A stream was answered. */
  give(): void {
    this.#left = Math.min(MOST, this.#left + 1);
  }

  isFull(now: Millis): boolean {
    this.#flow(now);
    return this.#left === MOST;
  }

  #flow(now: Millis): void {
    const passed = Math.max(0, now - this.#at);
    this.#at = now;
    this.#left = Math.min(MOST, this.#left + (passed * PER_SECOND) / 1000);
  }
}

/** One budget for all sessions of an address: who was thrown out does not get another by connecting again. */
export class ResetBudgets {
  readonly #budgets = new Map<string, ResetBudget>();

  of(address: string, now: Millis): ResetBudget {
    const known = this.#budgets.get(address);
    if (known) return known;
    if (this.#budgets.size >= MOST_PEERS) this.#forgetSome(now);
    const budget = new ResetBudget(now);
    this.#budgets.set(address, budget);
    return budget;
  }

  /** Full ones say nothing; of the others the newer half stays. */
  #forgetSome(now: Millis): void {
    for (const [address, budget] of this.#budgets) if (budget.isFull(now)) this.#budgets.delete(address);
    let tooMany = this.#budgets.size - MOST_PEERS / 2;
    for (const address of this.#budgets.keys()) {
      if (tooMany <= 0) return;
      this.#budgets.delete(address);
      tooMany -= 1;
    }
  }
}
