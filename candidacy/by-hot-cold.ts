import { isAbove0, isAmount } from '../src/core/amounts.ts';
import { defineCandidacy, type Signal } from '../src/core/candidacy.ts';
import { orderBy } from '../src/core/making.ts';
import { duration, fraction, z } from '../src/core/options.ts';
import type { Millis, Moment, Server, Stats } from '../src/core/types.ts';
import { leftAfter } from './parts/left-after.ts';
import { quantile } from './parts/quantile.ts';
import { TIE_BREAK } from './parts/tie-break.ts';
import { verdictOn } from './parts/verdict.ts';

const options = z
  .strictObject({
    /** Share of the servers that are cold. 0 goes by requests alone, 1 by latency alone, which herds. */
    quantile: fraction().default(0.6),
    /**
     * How long a latency is remembered while nothing confirms it: its weight falls to a third in this time. A probe of
     * Prequal is of use for so long.
     */
    decay: duration().prefault('1s'),
  })
  .refine(({ decay }) => decay > 0, { error: 'expected a decay above 0', path: ['decay'] });

type Options = z.output<typeof options>;

/** What is shared: what servers said last, the oldest overwritten. */
interface History {
  readonly counts: Float64Array;
  readonly latencies: Float64Array;
  /** How many counts and latencies were ever heard. */
  counted: number;
  timed: number;
  /** Servers with more requests are hot; NaN while no count was heard. */
  threshold: number;
  /** The latency of those that say none; NaN while none was heard. */
  median: Millis;
}

/** What is remembered of a server. */
interface Confirmed {
  readonly history: History;
  /** The last that the server said of its own latency. */
  serviceTime: Millis | undefined;
  /** Moving mean of the time to the first byte that this proxy saw; NaN before the first. */
  seen: Millis;
  seenAt: Millis;
  /** When its latency last changed, or a request went there that can change it. */
  at: Millis;
}

/** How much is kept of what servers said: four times the probe pool of Prequal. */
const KEPT = 64;
/** The threshold is made anew after so many counts. */
const RENEWED = 8;
/** Weight of a new sample in a moving mean at least: 1/8, as for the round-trip time of TCP (RFC 6298, 2.3). */
const GAIN = 1 / 8;

const selected = new Float64Array(KEPT);

const quantileOf = (kept: Float64Array, heard: number, share: number): number => {
  selected.set(kept);
  return quantile(selected, Math.min(KEPT, heard), share);
};

/** No time at all is no latency that anybody measured. */
const isLatency = isAbove0;

const record = (history: History, { inFlight, serviceTime }: Stats, share: number): void => {
  if (isLatency(serviceTime)) history.latencies[history.timed++ % KEPT] = serviceTime;
  if (!isAmount(inFlight)) return;
  history.counts[history.counted++ % KEPT] = inFlight;
  if (history.counted > KEPT && history.counted % RENEWED !== 0) return;
  history.threshold =
    share > 0 ? quantileOf(history.counts, history.counted, share) : Number.NEGATIVE_INFINITY;
  history.median = quantileOf(history.latencies, history.timed, 0.5);
};

const confirmations = ({ quantile: share, decay }: Options): Signal<Confirmed, History> => ({
  shared: () => ({
    counts: new Float64Array(KEPT),
    latencies: new Float64Array(KEPT),
    counted: 0,
    timed: 0,
    threshold: Number.NaN,
    median: Number.NaN,
  }),
  init: (history, { since }) => ({
    history,
    serviceTime: undefined,
    seen: Number.NaN,
    seenAt: since,
    at: since,
  }),
  onBegin: (one, now) => {
    one.at = now;
  },
  onDone: (one, outcome, now) => {
    one.at = now;
    if (outcome.kind === 'failed' || verdictOn(outcome) !== 'good' || !isLatency(outcome.firstByte))
      return false;
    const gain = Math.max(GAIN, 1 - leftAfter(now - one.seenAt, decay));
    one.seen = Number.isNaN(one.seen) ? outcome.firstByte : one.seen + (outcome.firstByte - one.seen) * gain;
    one.seenAt = now;
    return false;
  },
  onReport: (one, { stats }, now) => {
    record(one.history, stats, share);
    if (stats.serviceTime === one.serviceTime) return false;
    one.serviceTime = stats.serviceTime;
    one.at = now;
    return false;
  },
});

/** Scores of hot servers begin here: more than any latency, and every number of requests is still told apart. */
const HOT = 1e9;

/** The server's own latency, else what this proxy saw, else the median; as it was at the count that came with it. */
const latencyOf = ({ stats, latency }: Server, { seen, history }: Confirmed): Millis => {
  if (isLatency(stats?.serviceTime)) return stats.serviceTime;
  if (seen > 0) return seen;
  if (isLatency(latency)) return latency;
  return history.median > 0 ? history.median : 1;
};

/** By how much the latency has grown with the requests since it was reported. */
const growth = ({ stats }: Server, requests: number): number =>
  isAmount(stats?.inFlight) ? (requests + 1) / (stats.inFlight + 1) : 1;

const hotColdScore = (
  server: Server,
  memory: Confirmed | undefined,
  moment: Moment,
  decay: Millis,
): number => {
  const requests = moment.requests(server);
  const full = (requests + 1) / server.weight;
  if (!memory) return full;
  const { threshold } = memory.history;
  if (full > threshold + 1) return HOT + full;
  const left = leftAfter(moment.now - memory.at, decay);
  if (Number.isNaN(threshold)) return full * (1 + server.failures * left) + TIE_BREAK * left;
  const counted = latencyOf(server, memory) * (server.failures + 1) * growth(server, requests);
  return Math.min(HOT, (counted * left) / server.weight) + TIE_BREAK * full;
};

/**
 * The hot-cold rule: servers with more requests in flight than most are hot and come last, fewest requests first; the
 * others are cold, and of these the one with the least latency comes first. Put `- candidates` before it, on a route
 * with `probe`: the list is the probe pool then.
 *
 * - Formula: r = `(moment.requests(server) + 1) / weight`; hot if r is above 1 + the `quantile` of the last 64 counts
 *   that servers said. Cold: `L x (requests + 1) / (R + 1) / weight`, lowest first, with L = `stats.serviceTime`, else
 *   the mean time to the first byte that this proxy saw over about `decay`, and R = `stats.inFlight`; then hot: `10^9 +
 *   r`. Equal latencies: fewer requests first.
 * - L counts `e^(-t / decay)` with t the time since it changed or a request was sent there, and once more for each
 *   failure in a row: one slow answer keeps nobody away for ever, and a failure is never a fast answer.
 * - Example: `- byHotCold` or `- byHotCold: 0.8`.
 * - Missing stats: while no server says its requests in flight, it orders by requests alone, `r x (1 + failures)`; of
 *   equals the one that was not asked for longest. An unknown L is the median of the last 64 that were said. Without R,
 *   L stands as it is.
 * - Cost: O(n log n); O(n) and without any garbage as the last link.
 * - Source: Prequal (NSDI '24); quantile 0.6 as in prequal-rs, where the paper has 2^-0.25.
 */
export const byHotCold = defineCandidacy({
  name: 'byHotCold',
  summary: 'of the servers with few requests in flight the fastest first, then the others',
  kind: 'order',
  options,
  shorthand: 'quantile',
  signal: confirmations,
  create: ({ decay }, memoryOf) =>
    orderBy((server, moment) => hotColdScore(server, memoryOf(server), moment, decay)),
});
