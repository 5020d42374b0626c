import type { Millis } from '../src/core/types.ts';

const HOUR: Millis = 3_600_000;

/**
 * The scale that a load is judged by: the smallest power of two above the highest load seen, at least 1. It halves
 * at the end of each hour whose peak was below a quarter of it, so that one spike does not flatten the cost for ever.
 * Source: mod_backhand's load_hwm; the decay is ours.
 */
export class LoadHighWater {
  #mark = 1;
  #peak = 0;
  #hourAt: Millis | undefined;

  /** Takes a load and answers the mark. */
  see(load: number, now: Millis): number {
    this.#hourAt ??= now;
    if (now - this.#hourAt >= HOUR) {
      if (this.#peak < this.#mark / 4) this.#mark = Math.max(1, this.#mark / 2);
      this.#peak = 0;
      this.#hourAt = now;
    }
    this.#peak = Math.max(this.#peak, load);
    while (this.#mark <= load) this.#mark *= 2;
    return this.#mark;
  }
}
