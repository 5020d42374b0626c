import type { Millis } from '../../core/types.ts';

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5000;
/** A process that was there this long was well; its end starts the waiting times anew. */
const HEALTHY_AFTER_MS = 10_000;

/** How long to wait before a process that ended is started again: twice as long each time. */
export class Backoff {
  #wait = FIRST_WAIT_MS;

  /** `livedMs`: how long the one that ended had been there. */
  next(livedMs: Millis): Millis {
    if (livedMs > HEALTHY_AFTER_MS) this.#wait = FIRST_WAIT_MS;
    const wait = this.#wait;
    this.#wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    return wait;
  }
}
