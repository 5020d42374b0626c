import type { Millis } from '../src/core/types.ts';

/** Up to this many requests in flight each number has a bucket of its own; beyond, four share a doubling. */
const EXACT = 24;
const BUCKETS = 72;
/** Latest latencies of a bucket: enough for a median that one odd request does not move (Prequal keeps 11 to 16). */
const SAMPLES = 11;
/** A bucket that nothing came to for so long says nothing any more. */
const KEPT: Millis = 5000;

const bucketOf = (count: number): number =>
  count < EXACT ? count : Math.min(BUCKETS - 1, EXACT + Math.floor(4 * Math.log2(count / EXACT)));

/** The number of requests that a bucket stands for. */
const countOf = (bucket: number): number => (bucket < EXACT ? bucket : EXACT * 2 ** ((bucket - EXACT) / 4));

/**
 * How long requests took lately, by how many were in flight when they came: a server is slower the more it has to do,
 * and only latencies under the same burden can be compared.
 * Source: the latency estimate of Prequal (NSDI '24, 4.2).
 */
export class Latencies {
  readonly #samples = new Float64Array(BUCKETS * SAMPLES);
  /** How many samples of a bucket hold, and where the next one goes. */
  readonly #filled = new Uint8Array(BUCKETS);
  readonly #next = new Uint8Array(BUCKETS);
  readonly #heardAt = new Float64Array(BUCKETS).fill(Number.NEGATIVE_INFINITY);
  /** NaN where it has to be found again. */
  readonly #medians = new Float64Array(BUCKETS);
  readonly #sorted = new Float64Array(SAMPLES);

  /** A request has taken so long that came when `count` others were in flight. */
  add(count: number, took: Millis, now: Millis): void {
    const bucket = bucketOf(count);
    if (now - (this.#heardAt[bucket] ?? 0) > KEPT) this.#filled[bucket] = 0;
    const filled = this.#filled[bucket] ?? 0;
    const at = filled === 0 ? 0 : (this.#next[bucket] ?? 0);
    this.#samples[bucket * SAMPLES + at] = took;
    this.#next[bucket] = (at + 1) % SAMPLES;
    this.#filled[bucket] = Math.min(SAMPLES, filled + 1);
    this.#heardAt[bucket] = now;
    this.#medians[bucket] = Number.NaN;
  }

  /**
   * The median at `count` requests in flight, ms. Where none came at that number lately, that of the nearest number at
   * which some did, in proportion to the two; NaN where none came at all.
   */
  near(count: number, now: Millis): Millis {
    const wanted = bucketOf(count);
    for (let far = 0; far < BUCKETS; far++) {
      const bucket = this.#isFresh(wanted - far, now) ? wanted - far : wanted + far;
      if (!this.#isFresh(bucket, now)) continue;
      const median = this.#median(bucket);
      return far === 0 ? median : (median * (count + 1)) / (countOf(bucket) + 1);
    }
    return Number.NaN;
  }

  #isFresh(bucket: number, now: Millis): boolean {
    return now - (this.#heardAt[bucket] ?? Number.NEGATIVE_INFINITY) <= KEPT;
  }

  #median(bucket: number): Millis {
    const known = this.#medians[bucket] ?? Number.NaN;
    if (!Number.isNaN(known)) return known;
    const filled = this.#filled[bucket] ?? 0;
    const sorted = this.#sorted.subarray(0, filled);
    sorted.set(this.#samples.subarray(bucket * SAMPLES, bucket * SAMPLES + filled));
    sorted.sort();
    const median = sorted[filled >> 1] ?? Number.NaN;
    this.#medians[bucket] = median;
    return median;
  }
}
