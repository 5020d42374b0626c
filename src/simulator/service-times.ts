import type { Millis } from '../core/types.ts';

/** Latencies kept for each number of requests in flight. */
const KEPT = 11;
/** The first so many numbers of requests stand alone; those beyond are put together by 8, then by 32. */
const EXACT = 24;
const BY_8 = 36;
const BUCKETS = 48;

const bucketOf = (inFlight: number): number => {
  if (inFlight < EXACT) return inFlight;
  if (inFlight < 120) return EXACT + ((inFlight - EXACT) >> 3);
  return Math.min(BUCKETS - 1, BY_8 + ((inFlight - 120) >> 5));
};

/** The number of requests that a bucket stands for. */
const middleOf = (bucket: number): number => {
  if (bucket < EXACT) return bucket;
  return bucket < BY_8 ? EXACT + (bucket - EXACT) * 8 + 4 : 120 + (bucket - BY_8) * 32 + 16;
};

const sorted = new Float64Array(KEPT);

/**
 * How long a request takes at each server with as many in flight as now: the median of the last latencies, each kept
 * under the number of requests that were in flight when it came; from the nearest number that has any, in proportion.
 * Source: Prequal (NSDI '24), the latency estimate of its servers.
 */
export class ServiceTimes {
  readonly #latencies: Float64Array;
  readonly #counts: Int32Array;
  readonly #medians: Float64Array;
  /** Of how many latencies each median was taken. */
  readonly #medianOf: Int32Array;

  constructor(servers: number) {
    this.#latencies = new Float64Array(servers * BUCKETS * KEPT);
    this.#counts = new Int32Array(servers * BUCKETS);
    this.#medians = new Float64Array(servers * BUCKETS);
    this.#medianOf = new Int32Array(servers * BUCKETS);
  }

  add(server: number, inFlightBefore: number, latency: Millis): void {
    const at = server * BUCKETS + bucketOf(inFlightBefore);
    const count = this.#counts[at] as number;
    this.#latencies[at * KEPT + (count % KEPT)] = latency;
    this.#counts[at] = count + 1;
  }

  /** 0 for a server that has answered nothing yet. */
  at(server: number, inFlight: number): Millis {
    const wanted = bucketOf(inFlight);
    for (let distance = 0; distance < BUCKETS; distance++) {
      const below = wanted - distance;
      if (below >= 0 && this.#has(server, below)) return this.#read(server, below, wanted, inFlight);
      const above = wanted + distance;
      if (above < BUCKETS && this.#has(server, above)) return this.#read(server, above, wanted, inFlight);
    }
    return 0;
  }

  #has(server: number, bucket: number): boolean {
    return (this.#counts[server * BUCKETS + bucket] as number) > 0;
  }

  #read(server: number, bucket: number, wanted: number, inFlight: number): Millis {
    const median = this.#median(server * BUCKETS + bucket);
    return bucket === wanted ? median : (median * (inFlight + 1)) / (middleOf(bucket) + 1);
  }

  /** A median is taken again when three latencies have come since. */
  #median(at: number): Millis {
    const count = this.#counts[at] as number;
    const before = this.#medianOf[at] as number;
    if (before === count || (count > KEPT && count - before < 3)) return this.#medians[at] as number;
    const kept = Math.min(count, KEPT);
    for (let i = 0; i < kept; i++) {
      const latency = this.#latencies[at * KEPT + i] as number;
      let place = i;
      for (; place > 0 && (sorted[place - 1] as number) > latency; place--)
        sorted[place] = sorted[place - 1] as number;
      sorted[place] = latency;
    }
    this.#medians[at] = sorted[kept >> 1] as number;
    this.#medianOf[at] = count;
    return this.#medians[at] as number;
  }
}
