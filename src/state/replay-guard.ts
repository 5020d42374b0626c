import type { Millis } from '../core/types.ts';

/** Twice the clock skew that is allowed: older datagrams are refused by their time alone. */
const KEPT: Millis = 60_000;
/** About 270 signed reports a second. Beyond, the oldest are forgotten; the order of boot and seq still stands. */
const MAX_MACS = 16_384;

/** Remembers the signatures of the last minute, so that nothing is taken twice. */
export class ReplayGuard {
  /** When each was seen, oldest first. */
  readonly #seen = new Map<string, Millis>();

  has(mac: string): boolean {
    return this.#seen.has(mac);
  }

  add(mac: string, now: Millis): void {
    this.#seen.set(mac, now);
    for (const [oldest, at] of this.#seen) {
      if (this.#seen.size <= MAX_MACS && now - at <= KEPT) return;
      this.#seen.delete(oldest);
    }
  }
}
