import type { Signal } from '../../src/core/candidacy.ts';
import type { Millis, Outcome } from '../../src/core/types.ts';
import { verdictOn } from './verdict.ts';

/** What byConcurrencyLimit remembers of a server. */
export interface Limit {
  readonly shared: Limits;
  /** Requests of this process that are under way. */
  inFlight: number;
  limit: number;
  /** It has as many as the limit allows. */
  isFull: boolean;
  /** Moving mean of the time to the first byte; NaN before the first window. */
  long: Millis;
  /** Windows so far, up to where the mean begins to move. */
  windows: number;
  /** Of the window that is open: outcomes, good answers and the sum of their times, most requests under way. */
  outcomes: number;
  good: number;
  firstBytes: Millis;
  peak: number;
  hasFailed: boolean;
}

/** What the servers of a pool share. */
export interface Limits {
  /** How many are at their limits. */
  full: number;
}

/** See byConcurrencyLimit. */
export interface LimitOptions {
  readonly min: number;
  readonly max: number;
  readonly initial?: number | undefined;
}

/** Netflix's WindowedLimit takes at least 10 samples before it goes by their mean. */
const WINDOW = 10;
/** Gradient2: the long mean goes over 600 samples, and is a plain mean of the first 10. */
const LONG = 600;
const WARM_UP = 10;
/** Gradient2: times may grow by half before the limit falls. */
const TOLERANCE = 1.5;
const SMOOTHING = 0.2;
/** Gradient2: so many may wait at a server, which is what lets the limit grow. */
const QUEUE = 4;
/** Gradient2: a long mean that is more than twice what is seen now is of another time, and is let go faster. */
const DRIFT = 2;
const DRIFT_DECAY = 0.95;
/** AIMD: what a failure leaves of the limit. */
const BACK_OFF = 0.9;

const weigh = (one: Limit): void => {
  const isFull = one.inFlight >= Math.floor(one.limit);
  if (isFull === one.isFull) return;
  one.isFull = isFull;
  one.shared.full += isFull ? 1 : -1;
};

const longMean = (one: Limit, short: Millis): Millis => {
  one.windows = Math.min(one.windows + 1, WARM_UP + 1);
  if (Number.isNaN(one.long)) return short;
  const share = one.windows <= WARM_UP ? 1 / one.windows : 2 / (LONG + 1);
  const long = one.long + (short - one.long) * share;
  return long > DRIFT * short ? long * DRIFT_DECAY : long;
};

const byGradient = (one: Limit, short: Millis): number => {
  one.long = longMean(one, short);
  if (one.peak < one.limit / 2) return one.limit;
  const gradient = short > 0 ? Math.min(1, Math.max(0.5, (TOLERANCE * one.long) / short)) : 1;
  return one.limit + SMOOTHING * (one.limit * gradient + QUEUE - one.limit);
};

const openWindow = (one: Limit): void => {
  one.outcomes = 0;
  one.good = 0;
  one.firstBytes = 0;
  one.peak = one.inFlight;
  one.hasFailed = false;
};

const closeWindow = (one: Limit, { min, max }: LimitOptions): void => {
  const short = one.firstBytes / one.good;
  const limit = one.hasFailed
    ? one.limit * BACK_OFF
    : Number.isFinite(short)
      ? byGradient(one, short)
      : one.limit;
  one.limit = Math.max(min, Math.min(max, limit));
  openWindow(one);
};

const take = (one: Limit, outcome: Outcome, options: LimitOptions): void => {
  const verdict = verdictOn(outcome);
  if (verdict === 'silent') return;
  one.outcomes += 1;
  if (verdict === 'good' && outcome.kind === 'answered') {
    one.good += 1;
    one.firstBytes += outcome.firstByte;
  } else if (verdict !== 'error') one.hasFailed = true;
  if (one.outcomes >= WINDOW) closeWindow(one, options);
};

/** Counts what is under way at each server, and learns how much may be. */
export const limits = (options: LimitOptions): Signal<Limit, Limits> => ({
  shared: () => ({ full: 0 }),
  init: (shared) => ({
    shared,
    inFlight: 0,
    limit: options.initial ?? options.min,
    isFull: false,
    long: Number.NaN,
    windows: 0,
    outcomes: 0,
    good: 0,
    firstBytes: 0,
    peak: 0,
    hasFailed: false,
  }),
  onBegin: (one) => {
    one.inFlight += 1;
    one.peak = Math.max(one.peak, one.inFlight);
    weigh(one);
  },
  onDone: (one, outcome) => {
    take(one, outcome, options);
    // Those that were under way before the function came were not counted.
    one.inFlight = Math.max(0, one.inFlight - 1);
    weigh(one);
    return false;
  },
  onGone: (one) => {
    if (one.isFull) one.shared.full -= 1;
    one.isFull = false;
  },
});
