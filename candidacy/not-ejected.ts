import { defineCandidacy, type MemoryReader } from '../src/core/candidacy.ts';
import { explained } from '../src/core/making.ts';
import { duration, formatDuration, fraction, z } from '../src/core/options.ts';
import type { Millis, Moment, Server } from '../src/core/types.ts';
import { isEjected, isOut, type Standing, standings } from './parts/standing.ts';

const latency = z.strictObject({
  factor: z
    .number()
    .min(1)
    .default(3)
    .describe('how many times the median of the pool the mean time to the first byte may be ...'),
  slack: duration()
    .prefault('50ms')
    .describe('... and this much longer, so that nobody stands out among the fast for a few milliseconds'),
});

/** What notEjected can be told, and the pool key `outlier` with it. */
export const ejectionOptions = z
  .strictObject({
    failures: z.int().min(1).default(3).describe('failures in a row that eject: no answer, or 502, 503, 504'),
    errors: z
      .int()
      .min(1)
      .default(5)
      .describe('bad answers in a row that eject: failures and every other 5xx'),
    base: duration()
      .prefault('1s')
      .describe('how long the first ejection lasts; each further one lasts twice as long as the one before'),
    max: duration().prefault('30s').describe('longest ejection'),
    jitter: fraction()
      .default(0.1)
      .describe('an ejection lasts longer by up to this share, so that not every proxy ends it at once'),
    interval: duration().prefault('10s').describe('servers are compared with each other so often'),
    successRate: z
      .union([z.literal('off'), z.number().positive()])
      .default(1.9)
      .describe('ejected at so many standard deviations below the mean success rate'),
    failureShare: z
      .union([z.literal('off'), fraction()])
      .default('off')
      .describe('ejected at this share of failures'),
    latency: z
      .union([z.literal('off'), latency])
      .prefault({})
      .describe('ejected when it is slower than its peers'),
    most: fraction()
      .default(0.5)
      .describe('comparison takes out no more than this share of the pool, those that failed among them'),
    panic: fraction()
      .default(0.5)
      .describe('when fewer than this share are left, those that may still be of use come back; 0 for never'),
  })
  .refine(({ base, max }) => base > 0 && base <= max, {
    error: 'expected a base above 0 and not above max',
    path: ['base'],
  })
  .refine(({ interval }) => interval > 0, { error: 'expected an interval above 0', path: ['interval'] });

type Options = z.output<typeof ejectionOptions>;

/**
 * A request to one that takes no connections, or that failed again when it was let in after an ejection, is lost for
 * certain: that relieves nobody, and those that refuse at once would draw all requests to them.
 */
const isLost = (standing: Standing, options: Options, now: Millis): boolean =>
  isEjected(standing, options, now) && (standing.isUnreachable || standing.ejections > 1);

const whyOut = (standing: Standing, options: Options, now: Millis): string => {
  const { ejectedUntil, removedUntil, removedFor } = standing;
  const isFailing = isEjected(standing, options, now);
  const left = Math.ceil(((isFailing ? ejectedUntil : removedUntil) - now) / 100) * 100;
  return `ejected for ${formatDuration(left)} more${isFailing ? '' : `: ${removedFor}`}`;
};

const whyLost = ({ isUnreachable }: Standing): string =>
  isUnreachable ? 'in panic too: takes no connections' : 'in panic too: failed again after an ejection';

const standingWell = (options: Options, standingOf: MemoryReader<Standing>) => {
  let isPanic = false;

  const run = (servers: readonly Server[], { now }: Moment): readonly Server[] => {
    const isIn = (server: Server): boolean => {
      const standing = standingOf(server);
      return !standing || !isOut(standing, options, now);
    };
    isPanic = false;
    if (servers.every(isIn)) return servers;
    const kept = servers.filter(isIn);
    isPanic = kept.length < options.panic * servers.length;
    if (!isPanic) return kept;
    return servers.filter((server) => {
      const standing = standingOf(server);
      return !standing || !isLost(standing, options, now);
    });
  };

  const reason = (server: Server, { now }: Moment): string => {
    const standing = standingOf(server);
    if (!standing || !isOut(standing, options, now)) return 'ejected';
    const why = whyOut(standing, options, now);
    return isPanic ? `${why}, ${whyLost(standing)}` : why;
  };

  const note = (): string | undefined =>
    isPanic ? 'panic: too few were left, those that may be of use are back' : undefined;

  return explained(run, { reason, note });
};

/**
 * Drops servers that fail in a row, and those that stand out among their peers by failures or by slowness, for a time
 * that doubles with each relapse. One good answer (below 500) ends an ejection for failures in a row, a restart of the
 * server's agent ends any; nothing else does. When all are ejected, `whenEmpty: undo` uses all.
 *
 * - Formula: ejected after `failures` or `errors` in a row, or one connection that was not taken in time, for
 *   `min(max, base x 2^ejections)` and up to `jitter` longer; then the next bad answer ejects again at once. What a
 *   client breaks off does not count. Every `interval`, of servers that are in: ejected for a success rate below
 *   `mean - max(0.05, successRate x stdev)` (5 servers with 100 requests), for a `failureShare` (5 with 50), for a mean
 *   time to the first byte above `factor x median + slack` (3 with 20 good answers), until `most` of the pool are out;
 *   one that was slow before is judged again at its 20th answer. If fewer than `panic` are left, all come back but
 *   those that take no connections or have failed again after an ejection.
 * - Example: `- notEjected` or `- notEjected: { failures: 5, base: 2s, max: 1m, latency: off }`.
 * - Missing stats: reads none; it remembers outcomes. A server without a past is kept.
 * - Cost: O(n); the answer is kept for up to 20 ms and made anew at once when a server is ejected or made whole. Each
 *   `interval` O(n log n) once.
 * - Source: Envoy's outlier detection for the counts (5 errors), rates, interval and panic; prequal-rs for the fast path
 *   (3 failures, 1 s to 30 s) and `most`. Slowness relative to peers is our own.
 */
export const notEjected = defineCandidacy({
  name: 'notEjected',
  summary: 'drops servers that fail in a row or stand out among their peers, longer with each relapse',
  scope: 'board',
  options: ejectionOptions,
  shorthand: 'failures',
  signal: standings,
  create: standingWell,
});
