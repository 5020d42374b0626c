import { defineCandidacy, type Signal } from '../src/core/candidacy.ts';
import { keep } from '../src/core/making.ts';
import { duration, formatDuration, z } from '../src/core/options.ts';
import type { Millis, Outcome } from '../src/core/types.ts';

const options = z
  .strictObject({
    /** Failures in a row that eject: no answer, or 502, 503, 504. */
    failures: z.int().min(1).default(3),
    /** Bad answers in a row that eject: failures and every other 5xx. */
    errors: z.int().min(1).default(5),
    /** How long the first ejection lasts. Each further one lasts twice as long as the one before. */
    base: duration().prefault('1s'),
    max: duration().prefault('30s'),
  })
  .refine(({ base, max }) => base > 0 && base <= max, {
    error: 'expected a base above 0 and not above max',
    path: ['base'],
  });

type Options = z.output<typeof options>;

/** What is remembered of a server. */
interface Standing {
  /** In a row. */
  failures: number;
  /** In a row, failures among them. */
  errors: number;
  /** Since the last good answer. */
  ejections: number;
  ejectedUntil: Millis;
}

type Verdict = 'good' | 'error' | 'failure' | 'unreachable' | 'silent';

/** What the client or this proxy did says nothing about the server. */
const verdictOn = (outcome: Outcome): Verdict => {
  if (outcome.kind === 'failed' && outcome.side !== 'server') return 'silent';
  if (outcome.kind === 'failed') return outcome.reason === 'connect_timeout' ? 'unreachable' : 'failure';
  const { status } = outcome;
  if (status < 500) return 'good';
  return status >= 502 && status <= 504 ? 'failure' : 'error';
};

type BadVerdict = Exclude<Verdict, 'good' | 'silent'>;

const NEVER: Millis = Number.NEGATIVE_INFINITY;

const clear = (standing: Standing, now: Millis): boolean => {
  const wasEjected = standing.ejectedUntil > now;
  standing.failures = 0;
  standing.errors = 0;
  standing.ejections = 0;
  standing.ejectedUntil = NEVER;
  return wasEjected;
};

/** Failures while ejected (of requests from before) add nothing; one after the ejection ejects again at once. */
const mark = (standing: Standing, verdict: BadVerdict, options: Options, now: Millis): boolean => {
  standing.failures = verdict === 'error' ? 0 : standing.failures + 1;
  // Whoever meets it waits for as long as a connection may take: once is enough.
  if (verdict === 'unreachable') standing.failures = Math.max(standing.failures, options.failures);
  standing.errors += 1;
  const isOver = standing.ejectedUntil <= now;
  const isDue =
    standing.ejections > 0 || standing.failures >= options.failures || standing.errors >= options.errors;
  if (!isOver || !isDue) return false;
  standing.ejectedUntil = now + Math.min(options.max, options.base * 2 ** standing.ejections);
  standing.ejections += 1;
  return true;
};

const standings = (options: Options): Signal<Standing> => ({
  init: () => ({ failures: 0, errors: 0, ejections: 0, ejectedUntil: NEVER }),
  onDone: (standing, outcome, now) => {
    const verdict = verdictOn(outcome);
    if (verdict === 'silent') return false;
    return verdict === 'good' ? clear(standing, now) : mark(standing, verdict, options, now);
  },
  onReport: (standing, { restarted }, now) => restarted && clear(standing, now),
  state: ({ ejectedUntil }, now) => (ejectedUntil > now ? 'ejected' : undefined),
});

/**
 * Drops servers that fail in a row, for a time that doubles with each relapse. One good answer (below 500) or a
 * restart of the server's agent makes it whole. When all are ejected, `whenEmpty: undo` uses all.
 *
 * - Formula: ejected after `failures` or `errors` in a row, or one connection that was not taken in time, for
 *   `min(max, base x 2^ejections)`; then the next bad answer ejects again at once. What a client breaks off does not
 *   count.
 * - Example: `- notEjected` or `- notEjected: { failures: 5, base: 2s, max: 1m }`.
 * - Missing stats: reads none; it remembers outcomes. A server without a past is kept.
 * - Cost: O(n); the answer is kept for up to 20 ms and made anew at once when a server is ejected or made whole.
 * - Source: Envoy's outlier detection for the counts (5 errors), prequal-rs for the fast path (3 failures, 1 s to 30 s).
 */
export const notEjected = defineCandidacy({
  name: 'notEjected',
  summary: 'drops servers that fail in a row, for a time that doubles with each relapse',
  scope: 'board',
  options,
  shorthand: 'failures',
  signal: standings,
  create: (_, standingOf) =>
    keep(
      (server, { now }) => (standingOf(server)?.ejectedUntil ?? NEVER) <= now,
      (server, { now }) => {
        const left = (standingOf(server)?.ejectedUntil ?? now) - now;
        return `ejected for ${formatDuration(Math.ceil(left / 100) * 100)} more`;
      },
    ),
});
