import type { Millis } from '../../core/types.ts';

/** Bytes without a purpose that may come at once: more than a window of content that nobody wants any more. */
const MOST = 2 * 1024 * 1024;
/** Those that flow in, a second. */
const PER_SECOND = 256 * 1024;

/**
 * What a client may send besides requests and their content: PING, SETTINGS, PRIORITY, WINDOW_UPDATE, empty frames,
 * heads that never end, streams that are refused (CVE-2019-9511 to 9518, CVE-2024-27316). node:http2 shows none of
 * these, but the bytes that came can be counted, and those with a purpose are known.
 */
export class NoiseBudget {
  #left = MOST;
  #at: Millis;

  constructor(now: Millis) {
    this.#at = now;
  }

  /** `read` bytes came since the last call; so many, of these or earlier ones, had a purpose. False: too few. */
  spend(read: number, withPurpose: number, now: Millis): boolean {
    const passed = Math.max(0, now - this.#at);
    this.#at = now;
    this.#left = Math.min(MOST, this.#left + (passed * PER_SECOND) / 1000 + withPurpose - read);
    return this.#left >= 0;
  }
}
