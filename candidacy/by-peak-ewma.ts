import { isAmount } from '../src/core/amounts.ts';
import { defineCandidacy, type Signal } from '../src/core/candidacy.ts';
import { orderBy } from '../src/core/making.ts';
import { duration, z } from '../src/core/options.ts';
import type { Millis, Outcome } from '../src/core/types.ts';
import { leftAfter } from './parts/left-after.ts';
import { verdictOn } from './parts/verdict.ts';

const options = z
  .strictObject({
    /** How long a slow answer is remembered: its weight falls to a third in this time. */
    tau: duration().prefault('10s'),
    /** What a failure counts as. */
    penalty: duration().prefault('5s'),
    /** What a server counts as until its first answer. */
    initial: duration().prefault('30ms'),
  })
  .refine(({ tau }) => tau > 0, { error: 'expected a tau above 0', path: ['tau'] });

type Options = z.output<typeof options>;

/** What is remembered of a server. */
interface Peak {
  /** ms */
  cost: Millis;
  /** When an answer last changed it. */
  answeredAt: Millis;
  /** When that was, or a request was sent there since. */
  at: Millis;
}

const TOO_MANY_REQUESTS = 429;

/** What an outcome says of the time that the server takes; NaN if nothing. A refusal is never a fast answer. */
const timeOf = (outcome: Outcome, penalty: Millis): Millis => {
  const verdict = verdictOn(outcome);
  if (verdict === 'silent') return Number.NaN;
  if (verdict !== 'good' || outcome.kind === 'failed' || outcome.status === TOO_MANY_REQUESTS) return penalty;
  return outcome.firstByte;
};

const peaks = ({ tau, penalty, initial }: Options): Signal<Peak> => ({
  init: (_, { since }) => ({ cost: initial, answeredAt: since, at: since }),
  onBegin: (peak, now) => {
    peak.at = now;
  },
  onDone: (peak, outcome, now) => {
    const time = timeOf(outcome, penalty);
    if (!isAmount(time)) return false;
    const left = leftAfter(now - peak.answeredAt, tau);
    peak.cost = time > peak.cost ? time : peak.cost * left + time * (1 - left);
    peak.answeredAt = now;
    peak.at = now;
    return false;
  },
});

/**
 * What was not confirmed for long counts less and less, so that one slow answer keeps nobody away for ever. A request
 * that is sent stops that until its answer has had its time: one finds out how the server is, and not a flood.
 */
const costNow = ({ cost, at }: Peak, now: Millis, tau: Millis): Millis => cost * leftAfter(now - at, tau);

/**
 * Lowest peak EWMA first: a mean of the time to the first byte that jumps up at once and comes down slowly, times this
 * proxy's own requests in flight. Put `- twoChoices: own` before it: by latency alone all run to one server.
 *
 * - Formula: `cost x e^(-idle / tau) x (inFlight + 1) / weight`; an answer after `time` makes the cost `time > cost ?
 *   time : cost x e^(-t / tau) + time x (1 - e^(-t / tau))` with t since the last answer; idle is the time since the
 *   last request or answer. A server that never answered counts as `initial`.
 * - A failure, a 5xx or a 429 counts as an answer after `penalty`; what a client breaks off says nothing.
 * - Example: `- twoChoices: own` and then `- byPeakEwma`.
 * - Missing stats: reads none; it remembers outcomes.
 * - Cost: O(n log n); O(n) as the last link.
 * - Source: Finagle's and Linkerd's peak EWMA (decay 10 s, first cost 30 ms); the penalty is Linkerd's load biaser (5
 *   s).
 */
export const byPeakEwma = defineCandidacy({
  name: 'byPeakEwma',
  summary: 'lowest peak moving mean of the answer time first, times own requests in flight',
  kind: 'order',
  options,
  shorthand: 'tau',
  signal: peaks,
  create: ({ tau, initial }, peakOf) =>
    orderBy((server, { now }) => {
      const peak = peakOf(server);
      const cost = peak ? costNow(peak, now, tau) : initial;
      return (cost * (server.inFlight + 1)) / server.weight;
    }),
});
