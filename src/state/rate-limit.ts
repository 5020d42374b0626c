import type { Millis } from '../core/types.ts';

/** How many reports one address may send. */
export interface Rate {
  readonly perSecond: number;
  /** Most at once after a silence. */
  readonly burst: number;
}

/** 250 agents behind one address (NAT, or one machine) at the default interval; one report costs about 20 us. */
export const DEFAULT_RATE: Rate = { perSecond: 1000, burst: 2000 };
const MAX_SOURCES = 4096;

/** So exact is the order in which sources are forgotten: putting one at the end of a map costs more than the rest. */
const ORDERED_WITHIN: Millis = 1000;

interface Bucket {
  tokens: number;
  filledAt: Millis;
  orderedAt: Millis;
}

/**
 * A token bucket for each source. At most 4,096 sources are remembered; beyond, the one that was silent the longest
 * is forgotten and starts with a full bucket, which costs a flooder one new address for each burst.
 */
export class RateLimit {
  readonly #rate: Rate;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** Takes one token of this source. False: none is left, come back in `1 / perSecond` seconds. */
  allows(source: string, now: Millis): boolean {
    const { perSecond, burst } = this.#rate;
    const bucket = this.#buckets.get(source) ?? {
      tokens: burst,
      filledAt: now,
      orderedAt: Number.NEGATIVE_INFINITY,
    };
    bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.filledAt) / 1000) * perSecond);
    bucket.filledAt = now;
    if (now - bucket.orderedAt >= ORDERED_WITHIN) this.#remember(source, bucket, now);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  /** A map keeps the order of insertion: its first key is the source that was silent the longest. */
  #remember(source: string, bucket: Bucket, now: Millis): void {
    bucket.orderedAt = now;
    this.#buckets.delete(source);
    this.#buckets.set(source, bucket);
    if (this.#buckets.size <= MAX_SOURCES) return;
    for (const oldest of this.#buckets.keys()) {
      this.#buckets.delete(oldest);
      return;
    }
  }
}
