import type { Millis } from '../core/types.ts';

/** Twice the clock skew that is allowed: older datagrams are refused by their time alone. */
const KEPT: Millis = 60_000;
/**
 * Always remembered, at most twice as many: about 270 signed reports a second. Beyond, the oldest are forgotten; the
 * order of boot and seq still stands.
 */
const MACS = 16_384;

/**
 * Remembers the signatures of the last minute, so that nothing is taken twice. In two sets, of which the older is thrown
 * away as a whole: taking single ones out of the front of a large map gets slower and slower.
 */
export class ReplayGuard {
  #newer = new Set<string>();
  #older = new Set<string>();
  #since: Millis | undefined;

  has(mac: string): boolean {
    return this.#newer.has(mac) || this.#older.has(mac);
  }

  add(mac: string, now: Millis): void {
    this.#since ??= now;
    if (now - this.#since > KEPT || this.#newer.size >= MACS) {
      this.#older = now - this.#since > 2 * KEPT ? new Set() : this.#newer;
      this.#newer = new Set();
      this.#since = now;
    }
    this.#newer.add(mac);
  }
}
