import { type Random, seededRandom } from '../core/random.ts';

/** Random numbers of the kinds that a simulation needs, all from one seed. */
export class Draws {
  readonly #random: Random;
  /** The polar method makes two normal numbers at a time. */
  #spare = Number.NaN;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  /** 0 <= x < 1 */
  uniform(): number {
    return this.#random.next();
  }

  /** A whole number from 0 to n - 1. */
  below(n: number): number {
    return (this.#random.next() * n) | 0;
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.#random.next());
  }

  /** Normal with mean 0 and deviation 1 (polar method; Marsaglia and Bray, 1964). */
  normal(): number {
    if (!Number.isNaN(this.#spare)) {
      const spare = this.#spare;
      this.#spare = Number.NaN;
      return spare;
    }
    for (;;) {
      const a = 2 * this.#random.next() - 1;
      const b = 2 * this.#random.next() - 1;
      const square = a * a + b * b;
      if (square >= 1 || square === 0) continue;
      const factor = Math.sqrt((-2 * Math.log(square)) / square);
      this.#spare = b * factor;
      return a * factor;
    }
  }
}

/** The streams of one run. They have seeds of their own, so that every policy meets the same requests. */
export interface Streams {
  /** When requests come, to which proxy, and what they ask for. */
  readonly arrivals: Draws;
  /** How much work each of them is. */
  readonly work: Draws;
  /** What happens to servers whatever they get to do: antagonists, the phase of their reports. */
  readonly world: Draws;
  /** Errors of measurement. */
  readonly noise: Draws;
  /** Which servers are probed, and which probes are lost. */
  readonly probes: Draws;
}

/** Primes far apart, so that neighbouring seeds of a run do not meet. */
export const streamsOf = (seed: number): Streams => ({
  arrivals: new Draws(seed * 7919 + 17),
  work: new Draws(seed * 104_729 + 3),
  world: new Draws(seed * 611_953 + 11),
  noise: new Draws(seed * 1_299_709 + 5),
  probes: new Draws(seed * 15_485_863 + 7),
});

/** The seed of one proxy's decisions. */
export const decisionSeed = (seed: number, proxy: number): number =>
  (seed * 32_452_843 + proxy * 86_028_121) | 0;
