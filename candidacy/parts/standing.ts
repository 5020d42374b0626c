import type { Signal } from '../../src/core/candidacy.ts';
import { formatDuration } from '../../src/core/options.ts';
import { seededRandom } from '../../src/core/random.ts';
import type { Millis, Outcome } from '../../src/core/types.ts';
import { NEVER } from './never.ts';
import { countAnew, isSlowAgain, type OutlierRules, sweep } from './outliers.ts';
import { takeOut } from './take-out.ts';
import { type Verdict, verdictOn } from './verdict.ts';

/** What notEjected remembers of a server. */
export interface Standing {
  readonly slot: number;
  readonly shared: Standings;
  /** In a row. */
  failures: number;
  /** In a row, failures among them. */
  errors: number;
  /** For failures in a row, since the last good answer. */
  ejections: number;
  ejectedUntil: Millis;
  /** The last bad outcome was a connection that did not come about. */
  isUnreachable: boolean;
  /** For standing out among its peers; one fewer for each interval in which it did not. */
  removals: number;
  removedUntil: Millis;
  /** How it stood out, with the numbers. */
  removedFor: string;
  /** In this interval: requests that said something of the server, good answers, and the sum of their times. */
  judged: number;
  good: number;
  firstBytes: Millis;
}

/** What the servers of a pool share. */
export interface Standings {
  readonly all: Standing[];
  /** When the interval began; NaN before the first outcome. */
  since: Millis;
  /** The mean time to the first byte above which a server stood out in the last interval; NaN if nobody could. */
  slowAbove: Millis;
}

/** See notEjected. */
export interface StandingOptions extends OutlierRules {
  readonly failures: number;
  readonly errors: number;
  readonly base: Millis;
  readonly max: Millis;
  readonly jitter: number;
}

type BadVerdict = Exclude<Verdict, 'good' | 'silent'>;

/** A clock that was set back does not make an ejection any longer than it can be, but for what a sum may be rounded by. */
const isAhead = (until: Millis, { max, jitter }: StandingOptions, now: Millis): boolean =>
  until > now && until - now <= max * (1 + jitter) + 1;

/** Out because it failed in a row. */
export const isEjected = (standing: Standing, options: StandingOptions, now: Millis): boolean =>
  isAhead(standing.ejectedUntil, options, now);

/** Out for that, or because it stood out among its peers. */
export const isOut = (standing: Standing, options: StandingOptions, now: Millis): boolean =>
  isEjected(standing, options, now) || isAhead(standing.removedUntil, options, now);

const badText = ({ errors, isUnreachable }: Standing): string => {
  if (isUnreachable) return 'it takes no connections';
  return errors === 1 ? 'a bad answer right after an ejection' : `${errors} bad answers in a row`;
};

const whyEjected = (standing: Standing, options: StandingOptions, now: Millis): string => {
  const isFailing = isEjected(standing, options, now);
  const left = Math.ceil(((isFailing ? standing.ejectedUntil : standing.removedUntil) - now) / 100) * 100;
  return `${isFailing ? badText(standing) : standing.removedFor}; ejected for ${formatDuration(left)} more`;
};

/** Mixes three numbers into a seed; the factors are those of splitmix and murmur3. */
const seedOf = (slot: number, times: number, now: Millis): number =>
  Math.floor(now * 1000) ^ Math.imul(slot + 1, 0x9e3779b1) ^ Math.imul(times + 1, 0x85ebca6b);

/**
 * When an ejection that begins now ends. It differs from proxy to proxy, as their clocks do, so that they do not all
 * let a server in at the same instant; the same board with the same past says the same again.
 */
const endOf = (slot: number, times: number, { base, max, jitter }: StandingOptions, now: Millis): Millis =>
  now + Math.min(max, base * 2 ** times) * (1 + jitter * seededRandom(seedOf(slot, times, now)).next());

/** Takes a server out that stands out among its peers. */
const remove = (standing: Standing, why: string, options: StandingOptions, now: Millis): void => {
  standing.removedUntil = endOf(standing.slot, standing.removals, options, now);
  standing.removals += 1;
  standing.removedFor = why;
  countAnew(standing);
};

const clear = (standing: Standing, options: StandingOptions, now: Millis): boolean => {
  const wasEjected = isEjected(standing, options, now);
  standing.failures = 0;
  standing.errors = 0;
  standing.ejections = 0;
  standing.ejectedUntil = NEVER;
  return wasEjected;
};

/** A new start of the agent: nothing of what was before holds. */
const clearAll = (standing: Standing, options: StandingOptions, now: Millis): boolean => {
  const wasOut = isOut(standing, options, now);
  clear(standing, options, now);
  standing.removals = 0;
  standing.removedUntil = NEVER;
  countAnew(standing);
  return wasOut;
};

/** Failures while ejected (of requests from before) add nothing; one after the ejection ejects again at once. */
const mark = (standing: Standing, verdict: BadVerdict, options: StandingOptions, now: Millis): boolean => {
  standing.failures = verdict === 'error' ? 0 : standing.failures + 1;
  // Whoever meets it waits for as long as a connection may take: once is enough.
  if (verdict === 'unreachable') standing.failures = Math.max(standing.failures, options.failures);
  standing.errors += 1;
  const isOver = !isEjected(standing, options, now);
  const isDue =
    standing.ejections > 0 || standing.failures >= options.failures || standing.errors >= options.errors;
  if (!isOver || !isDue) return false;
  standing.ejectedUntil = endOf(standing.slot, standing.ejections, options, now);
  standing.ejections += 1;
  return true;
};

const mayLoseOne = ({ all }: Standings, options: StandingOptions, now: Millis): boolean =>
  all.filter((one) => isOut(one, options, now)).length + 1 <= options.most * all.length;

/** Judges the pool when an interval has gone; one that was out for its slowness, as soon as enough is known. */
const judge = (standing: Standing, options: StandingOptions, now: Millis): boolean => {
  const { shared } = standing;
  const age = now - shared.since;
  if (age >= 0 && age < options.interval) {
    const why = isSlowAgain(standing, shared);
    if (why === undefined || !mayLoseOne(shared, options, now)) return false;
    remove(standing, why, options, now);
    return true;
  }
  // What was seen before a long silence, or by another clock, is no measure of now.
  const found = sweep(shared, options, age < 2 * options.interval && age >= 0, (one) =>
    isOut(one, options, now),
  );
  for (const { standing: one, why } of found) remove(one, why, options, now);
  shared.since = now;
  return found.length > 0;
};

const count = (standing: Standing, outcome: Outcome, isGood: boolean): void => {
  standing.judged += 1;
  if (!isGood || outcome.kind !== 'answered') return;
  standing.good += 1;
  standing.firstBytes += outcome.firstByte;
};

/** Keeps how servers have stood: failures in a row, and how each compares with its peers. */
export const standings = (options: StandingOptions): Signal<Standing, Standings> => ({
  shared: () => ({ all: [], since: Number.NaN, slowAbove: Number.NaN }),
  init: (shared, { slot }) => {
    const standing: Standing = {
      slot,
      shared,
      failures: 0,
      errors: 0,
      ejections: 0,
      ejectedUntil: NEVER,
      isUnreachable: false,
      removals: 0,
      removedUntil: NEVER,
      removedFor: '',
      judged: 0,
      good: 0,
      firstBytes: 0,
    };
    shared.all.push(standing);
    return standing;
  },
  onDone: (standing, outcome, now) => {
    const verdict = verdictOn(outcome);
    if (verdict === 'silent') return false;
    const isGood = verdict === 'good';
    if (!isOut(standing, options, now)) count(standing, outcome, isGood);
    if (!isGood) standing.isUnreachable = outcome.kind === 'failed' && outcome.reason.startsWith('connect');
    const hasTurned = isGood ? clear(standing, options, now) : mark(standing, verdict, options, now);
    return judge(standing, options, now) || hasTurned;
  },
  onReport: (standing, { restarted }, now) => restarted && clearAll(standing, options, now),
  // Somebody has connected to it since.
  onBack: (standing, now) => {
    if (standing.isUnreachable) clear(standing, options, now);
  },
  onGone: (standing) => takeOut(standing.shared.all, standing),
  state: (standing, now) => (isOut(standing, options, now) ? 'ejected' : undefined),
  whyEjected: (standing, now) => whyEjected(standing, options, now),
});
