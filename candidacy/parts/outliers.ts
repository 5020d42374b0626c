import { formatDuration } from '../../src/core/options.ts';
import type { Millis } from '../../src/core/types.ts';

/** What is seen of a server in one interval. */
export interface Seen {
  judged: number;
  good: number;
  firstBytes: Millis;
  removals: number;
}

/** Begins to count from nothing. */
export const countAnew = (seen: Seen): void => {
  seen.judged = 0;
  seen.good = 0;
  seen.firstBytes = 0;
};

/** See notEjected. */
export interface OutlierRules {
  readonly interval: Millis;
  readonly successRate: number | 'off';
  readonly failureShare: number | 'off';
  readonly latency: { readonly factor: number; readonly slack: Millis } | 'off';
  readonly most: number;
}

/** A server that stands out, and how. */
export interface Outlier<One> {
  readonly standing: One;
  readonly why: string;
  /** Above 1: how far beyond the limit. */
  readonly excess: number;
}

/** Envoy's `success_rate_minimum_hosts` and `success_rate_request_volume`. */
const RATE_SERVERS = 5;
const RATE_REQUESTS = 100;
/** A rate must be lower than the mean by so much as well: among servers that hardly fail, one error is no distance. */
const RATE_SLACK = 0.05;
/** Envoy's `failure_percentage_minimum_hosts` and `failure_percentage_request_volume`. */
const SHARE_SERVERS = 5;
const SHARE_REQUESTS = 50;
/** With two servers nobody knows which of them is the usual one. */
const LATENCY_SERVERS = 3;
const LATENCY_ANSWERS = 20;

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2;
};

const rateOf = ({ good, judged }: Seen): number => good / judged;
const firstByteOf = ({ firstBytes, good }: Seen): Millis => firstBytes / good;

/** Those of whom so many are known, with something against each that is beyond the limit. */
type Rule = <One extends Seen>(seen: readonly One[]) => readonly Outlier<One>[];

const byRate =
  (deviations: number): Rule =>
  (seen) => {
    const known = seen.filter(({ judged }) => judged >= RATE_REQUESTS);
    if (known.length < RATE_SERVERS) return [];
    const rates = known.map(rateOf);
    const usual = mean(rates);
    const deviation = Math.sqrt(mean(rates.map((rate) => (rate - usual) ** 2)));
    const limit = usual - Math.max(RATE_SLACK, deviations * deviation);
    return known
      .filter((one) => rateOf(one) < limit)
      .map((standing) => ({
        standing,
        why: `success rate ${rateOf(standing).toFixed(3)} < ${limit.toFixed(3)}`,
        excess: (1 - rateOf(standing)) / (1 - limit),
      }));
  };

const byShare =
  (share: number): Rule =>
  (seen) => {
    const known = seen.filter(({ judged }) => judged >= SHARE_REQUESTS);
    if (known.length < SHARE_SERVERS) return [];
    return known
      .filter((one) => 1 - rateOf(one) >= share)
      .map((standing) => ({
        standing,
        why: `share of failures ${(1 - rateOf(standing)).toFixed(3)} >= ${share}`,
        excess: 1 + 1 - rateOf(standing),
      }));
  };

const inMillis = (time: Millis): string => formatDuration(Math.round(time));

const tooSlow = <One extends Seen>(standing: One, limit: Millis): Outlier<One> => ({
  standing,
  why: `first byte ${inMillis(firstByteOf(standing))} > ${inMillis(limit)}`,
  excess: firstByteOf(standing) / limit,
});

/** Above which mean time to the first byte a server stands out; NaN if too little is known. */
const slownessLimit = (seen: readonly Seen[], latency: OutlierRules['latency']): Millis => {
  if (latency === 'off') return Number.NaN;
  const times = seen.filter(({ good }) => good >= LATENCY_ANSWERS).map(firstByteOf);
  const known = times.filter(Number.isFinite);
  return known.length < LATENCY_SERVERS ? Number.NaN : latency.factor * median(known) + latency.slack;
};

const byLatency =
  (limit: Millis): Rule =>
  (seen) =>
    seen
      .filter((one) => one.good >= LATENCY_ANSWERS && firstByteOf(one) > limit)
      .map((one) => tooSlow(one, limit));

interface Pooled<One extends Seen> {
  readonly all: readonly One[];
  slowAbove: Millis;
}

/** Why one that stood out before does so again, by the limit of the last interval; asked at its twentieth answer. */
export const isSlowAgain = (one: Seen, { slowAbove }: { readonly slowAbove: Millis }): string | undefined =>
  one.removals > 0 && one.good === LATENCY_ANSWERS && firstByteOf(one) > slowAbove
    ? tooSlow(one, slowAbove).why
    : undefined;

const outliersAmong = <One extends Seen>(
  seen: readonly One[],
  slowAbove: Millis,
  { successRate, failureShare }: OutlierRules,
): readonly Outlier<One>[] => {
  const rules: readonly Rule[] = [
    ...(successRate === 'off' ? [] : [byRate(successRate)]),
    ...(failureShare === 'off' ? [] : [byShare(failureShare)]),
    byLatency(slowAbove),
  ];
  const found = new Map<One, Outlier<One>>();
  for (const one of rules.flatMap((rule) => rule(seen)))
    if (!found.has(one.standing)) found.set(one.standing, one);
  return [...found.values()].toSorted((a, b) => b.excess - a.excess);
};

/**
 * Ends an interval: who stands out among those that are in, worst first, no more than may be taken out together with
 * those that are out; everybody is counted anew. `isOfUse`: what was seen is from this interval.
 */
export const sweep = <One extends Seen>(
  pooled: Pooled<One>,
  rules: OutlierRules,
  isOfUse: boolean,
  isOut: (one: One) => boolean,
): readonly Outlier<One>[] => {
  const present = isOfUse ? pooled.all.filter((one) => !isOut(one)) : [];
  pooled.slowAbove = slownessLimit(present, rules.latency);
  const outliers = outliersAmong(present, pooled.slowAbove, rules);
  const left = Math.floor(rules.most * pooled.all.length) - (pooled.all.length - present.length);
  const taken = isOfUse ? outliers.slice(0, Math.max(0, left)) : [];
  const standOut = new Set(outliers.map(({ standing }) => standing));
  for (const one of present)
    if (one.good >= LATENCY_ANSWERS && !standOut.has(one)) one.removals = Math.max(0, one.removals - 1);
  for (const one of pooled.all) countAnew(one);
  return taken;
};
