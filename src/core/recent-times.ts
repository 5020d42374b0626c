import type { Millis } from './types.ts';

/**
 * Buckets whose bounds grow by 5 %: what is read is at most that much too long (DDSketch: Masson, Rim, Lee, "DDSketch: A
 * Fast and Fully-Mergeable Quantile Sketch with Relative-Error Guarantees", VLDB 2019).
 */
const GROWTH = 1.05;
const PER_LOG = 1 / Math.log(GROWTH);
/** The first bucket ends here; the last one, ten minutes and more, begins at LONGEST_MS. */
const SHORTEST_MS: Millis = 0.1;
const LONGEST_MS: Millis = 600_000;
const BUCKETS = Math.ceil(Math.log(LONGEST_MS / SHORTEST_MS) * PER_LOG) + 1;
/** After so long a time counts 1/e of a new one. */
const LIFE_MS: Millis = 60_000;
/** What a time counts grows, in place of what the others count shrinking; they shrink all at once before this. */
const MOST_LIVES = 20;
/** Fewer times than this, as they count now, say nothing of a quantile near 1: two or three would lie beyond p95. */
const FEWEST = 50;
/** A quantile is read again after so long. */
const KEPT_MS: Millis = 100;

const bucketOf = (ms: Millis): number => {
  if (ms <= SHORTEST_MS) return 0;
  return Math.min(BUCKETS - 1, Math.ceil(Math.log(ms / SHORTEST_MS) * PER_LOG));
};

/**
 * The times that something took lately, for one quantile of them. Old times fade exponentially with their age (forward
 * decay: Cormode, Shkapenyuk, Srivastava, Xu, "Forward Decay", ICDE 2009), so that it follows a change within a minute
 * or two at any rate of requests. 2.6 KB.
 */
export class RecentTimes {
  readonly #part: number;
  readonly #weights = new Float64Array(BUCKETS);
  #total = 0;
  /** A time at this moment counts 1. */
  #since: Millis;
  #quantile: Millis | undefined = undefined;
  #readAt: Millis = Number.NEGATIVE_INFINITY;

  /** @param part the quantile, 0..1 @param now on the clock of all other calls. */
  constructor(part: number, now: Millis) {
    this.#part = part;
    this.#since = now;
  }

  /** One more time. */
  record(ms: Millis, now: Millis): void {
    if (now - this.#since > MOST_LIVES * LIFE_MS) this.#shrink(now);
    const weight = Math.exp((now - this.#since) / LIFE_MS);
    const bucket = bucketOf(ms);
    this.#weights[bucket] = (this.#weights[bucket] ?? 0) + weight;
    this.#total += weight;
  }

  /** The quantile of these times, ms, at most KEPT_MS old; undefined while there are too few of them. */
  quantile(now: Millis): Millis | undefined {
    if (now - this.#readAt < KEPT_MS) return this.#quantile;
    this.#readAt = now;
    this.#quantile = this.#read(now);
    return this.#quantile;
  }

  #read(now: Millis): Millis | undefined {
    if (this.#total * Math.exp((this.#since - now) / LIFE_MS) < FEWEST) return undefined;
    let beyond = this.#total * (1 - this.#part);
    for (let i = BUCKETS - 1; i > 0; i--) {
      beyond -= this.#weights[i] ?? 0;
      if (beyond < 0) return SHORTEST_MS * GROWTH ** i;
    }
    return SHORTEST_MS;
  }

  #shrink(now: Millis): void {
    const factor = Math.exp((this.#since - now) / LIFE_MS);
    for (let i = 0; i < BUCKETS; i++) this.#weights[i] = (this.#weights[i] ?? 0) * factor;
    this.#total *= factor;
    this.#since = now;
  }
}
