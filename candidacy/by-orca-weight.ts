import { isAbove0 } from '../src/core/amounts.ts';
import { defineCandidacy, type Signal } from '../src/core/candidacy.ts';
import { duration, z } from '../src/core/options.ts';
import type { Millis, Stats } from '../src/core/types.ts';
import { NEVER } from './parts/never.ts';
import {
  inTurn,
  leaveRotation,
  newRotation,
  newTurn,
  type Rotation,
  type Turn,
  takeTurn,
} from './parts/turns.ts';

const options = z
  .strictObject({
    /** Names in `stats.custom`; the highest of them is how busy a server is, if one is above 0. */
    metrics: z.array(z.string().min(1).max(128)).max(16).default([]),
    /** What a share of failed requests adds to how busy a server counts as. */
    penalty: z.number().min(0).max(100).default(1),
    /** A server that begins to report has an average weight for so long. */
    blackout: duration().prefault('10s'),
    /** A weight that was not renewed for so long is forgotten. */
    expiration: duration().prefault('180s'),
    /** Weights are made anew at most this often. */
    update: duration().prefault('1s'),
  })
  .refine(({ update }) => update >= 100, { error: 'expected an update of at least 100ms', path: ['update'] });

type Options = z.output<typeof options>;

/** What is remembered of a server: its turn, and what its reports made of its weight. */
interface Weighed extends Turn {
  readonly rotation: Weights;
  /** Requests a second at full use; NaN if it is not known. */
  reported: number;
  reportedAt: Millis;
  /** Since when it is known. */
  knownSince: Millis;
}

/** What is shared. */
interface Weights extends Rotation {
  readonly members: Weighed[];
  updatedAt: Millis;
}

/**
 * A weight is no less than this share of the mean, so that one odd report does not leave a server without any request.
 */
const LEAST = 0.01;

const busyness = (stats: Stats, metrics: readonly string[]): number => {
  let highest = 0;
  for (const name of metrics) {
    const value = stats.custom?.[name];
    if (isAbove0(value)) highest = Math.max(highest, value);
  }
  if (highest > 0) return highest;
  const { application_utilization: application } = stats.custom ?? {};
  if (isAbove0(application)) return application;
  return 1 - (stats.cpuIdle ?? Number.NaN);
};

/** Undefined if the numbers do not make a weight. */
const reportedWeight = (stats: Stats, { metrics, penalty }: Options): number | undefined => {
  const { rps_fractional: rate, eps: errors } = stats.custom ?? {};
  const busy = busyness(stats, metrics);
  if (!isAbove0(rate) || !isAbove0(busy)) return undefined;
  const weight = rate / (busy + (isAbove0(errors) ? errors / rate : 0) * penalty);
  return isAbove0(weight) ? weight : undefined;
};

/** For how long that is. A clock that was set back is no reason to wait until it has caught up. */
const since = (then: Millis, now: Millis): Millis => Math.abs(now - then);

/** The weight that counts now; 0 for none. */
const usableWeight = (one: Weighed, { blackout, expiration }: Options, now: Millis): number => {
  if (Number.isNaN(one.reported)) return 0;
  if (since(one.reportedAt, now) >= expiration) {
    one.reported = Number.NaN;
    one.knownSince = Number.NaN;
    return 0;
  }
  return since(one.knownSince, now) < blackout ? 0 : one.reported;
};

/**
 * Makes the intervals anew: one over the weight, 1 on average. Those without a weight have the average, so one weight
 * alone says nothing.
 */
const update = ({ members }: Weights, given: Options, now: Millis): void => {
  let sum = 0;
  let count = 0;
  for (const one of members) {
    const weight = usableWeight(one, given, now);
    sum += weight;
    if (weight > 0) count += 1;
  }
  for (const one of members) {
    const share = (usableWeight(one, given, now) * count) / sum;
    one.interval = 1 / Math.max(LEAST, share || 1);
  }
};

const weights = (given: Options): Signal<Weighed, Weights> => ({
  shared: () => ({ ...newRotation(), members: [], updatedAt: NEVER }),
  init: (rotation, place) => {
    const turn = newTurn(rotation, place);
    const one: Weighed = Object.assign(turn, {
      rotation,
      reported: Number.NaN,
      reportedAt: NEVER,
      knownSince: Number.NaN,
    });
    rotation.members.push(one);
    return one;
  },
  onBegin: (one, now) => {
    const { rotation } = one;
    if (since(rotation.updatedAt, now) >= given.update) {
      update(rotation, given, now);
      rotation.updatedAt = now;
    }
    takeTurn(one);
  },
  onReport: (one, { restarted, stats }, now) => {
    if (restarted) one.knownSince = Number.NaN;
    const weight = reportedWeight(stats, given);
    if (weight === undefined) return false;
    one.reported = weight;
    one.reportedAt = now;
    if (Number.isNaN(one.knownSince)) one.knownSince = now;
    return false;
  },
  onGone: leaveRotation,
});

/**
 * One after the other by weights that the servers report: each gets requests in proportion to how many a second it
 * would serve at full use. It finds lasting differences between machines, and is blind to what disturbs them for
 * seconds.
 *
 * - Formula: weight = `qps / (busy + eps / qps x penalty)` with qps = `custom.rps_fractional`, eps = `custom.eps`, busy
 *   = the highest of `metrics` that is above 0, else `custom.application_utilization`, else `1 - cpuIdle`. Earliest
 *   `last turn + mean weight / weight` first; the function reads when turns are due, and a request that begins takes
 *   one. First turns come in random order, so that proxies do not go in step.
 * - Weights count from `blackout` after the first report of a start, until `expiration` after the last, and are made
 *   anew each `update`. Below a hundredth of the mean they count as that.
 * - Example: `- byOrcaWeight` or `- byOrcaWeight: { metrics: [utilization.gpu] }`.
 * - Missing stats: no weight without qps and busy above 0. Those without have the average of the others; with fewer
 *   than two weights all take turns alike.
 * - Cost: O(n log n); O(n) as the last link.
 * - Source: gRPC's A58 and Envoy's client-side weighted round robin, with their defaults.
 */
export const byOrcaWeight = defineCandidacy({
  name: 'byOrcaWeight',
  summary: 'one after the other, in proportion to what the servers report to be able to do',
  kind: 'order',
  options,
  shorthand: 'metrics',
  signal: weights,
  create: (_, turnOf) => inTurn(turnOf),
});
