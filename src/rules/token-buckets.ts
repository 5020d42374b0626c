import type { Millis } from '../core/types.ts';

/** Most clients that are told apart; who comes back after so many others begins with a full bucket. */
const MOST_KEPT = 10_000;

export interface BucketSettings {
  /** Tokens that come back in a millisecond. */
  readonly rate: number;
  /** Tokens that a bucket holds, at least 1. */
  readonly burst: number;
}

interface Bucket {
  tokens: number;
  at: Millis;
}

/** A token bucket for each key: a request takes a token, and tokens come back as time goes by. */
export class TokenBuckets {
  readonly #settings: BucketSettings;
  /** Those that were asked for last are at the end. */
  readonly #buckets = new Map<string, Bucket>();

  constructor(settings: BucketSettings) {
    this.#settings = settings;
  }

  /** Keys that are known. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Takes a token. 0: there was one; else the time until there is one. */
  take(key: string, now: Millis): Millis {
    const bucket = this.#filled(key, now);
    if (bucket.tokens < 1) return (1 - bucket.tokens) / this.#settings.rate;
    bucket.tokens -= 1;
    return 0;
  }

  /** Whether `take` would find a token. */
  has(key: string, now: Millis): boolean {
    const bucket = this.#buckets.get(key);
    return !bucket || bucket.tokens + (now - bucket.at) * this.#settings.rate >= 1;
  }

  #filled(key: string, now: Millis): Bucket {
    const { rate, burst } = this.#settings;
    const known = this.#buckets.get(key);
    const bucket = known ?? { tokens: burst, at: now };
    bucket.tokens = Math.min(burst, bucket.tokens + Math.max(0, now - bucket.at) * rate);
    bucket.at = now;
    if (known) this.#buckets.delete(key);
    else if (this.#buckets.size >= MOST_KEPT) this.#evict();
    this.#buckets.set(key, bucket);
    return bucket;
  }

  #evict(): void {
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}
