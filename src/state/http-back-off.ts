import type { Millis } from '../core/types.ts';

/** The pause after the second failure in a row, and the longest, to which it doubles with each further one. */
const [FIRST, LONGEST]: readonly [Millis, Millis] = [125, 2000];

/**
 * How long nothing is tried after failures. The first costs no time: the next report finds out whether the proxy is
 * back. Nothing is drawn at random: agents send at different moments, and so do they come back.
 */
export class BackOff {
  #failures = 0;
  #until: Millis = Number.NEGATIVE_INFINITY;

  failed(now: Millis): void {
    this.#failures += 1;
    this.#until = now + (this.#failures === 1 ? 0 : Math.min(LONGEST, FIRST * 2 ** (this.#failures - 2)));
  }

  ended(): void {
    this.#failures = 0;
  }

  isOn(now: Millis): boolean {
    return now < this.#until;
  }
}
