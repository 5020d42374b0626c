import { defineCandidacy } from '../src/core/candidacy.ts';
import { explained } from '../src/core/making.ts';
import { z } from '../src/core/options.ts';
import { limits } from './parts/concurrency.ts';

const options = z
  .strictObject({
    /** A server may always have so many requests of this process. */
    min: z.int().min(1).default(20),
    max: z.int().min(1).default(200),
    /** What it begins with; `min` unless said otherwise. */
    initial: z.int().min(1).optional(),
  })
  .refine(({ min, max }) => min <= max, { error: 'expected a min not above max', path: ['min'] })
  .refine(({ min, max, initial = min }) => initial >= min && initial <= max, {
    error: 'expected an initial limit from min to max',
    path: ['initial'],
  });

/**
 * Drops servers that have as many requests under way as they can take without becoming slower. The limit of each server
 * is learnt from its answers. With `whenEmpty: refuse` the proxy sheds load: when all are at their limits, a request is
 * refused with 503 at once and does not wait behind those that the servers cannot keep up with. With `undo` all are
 * used as if there were no limits. Stands before cuts: a limit behind a sample refuses though others have room.
 *
 * - Formula: for every 10 outcomes, with short = the mean of their times to the first byte and long = its moving mean
 *   over 600: `g = min(1, max(0.5, 1.5 x long / short))`, `limit = 0.8 limit + 0.2 (limit x g + 4)`, from `min` to `max`;
 *   unchanged while fewer than half of the limit were under way. Where long is more than twice short it shrinks by 5 %.
 *   A failure (no answer in time, 502, 503, 504) among the 10 makes it `0.9 limit` instead.
 * - Example: `- byConcurrencyLimit: { min: 5, max: 100 }` with `whenEmpty: refuse`.
 * - Missing stats: reads none; it counts requests of this process and times its answers. Each process learns its own.
 * - Cost: O(1) while nobody is at its limit, else O(n).
 * - Source: Gradient2 and AIMD of Netflix's concurrency-limits, its windows counted in outcomes.
 */
export const byConcurrencyLimit = defineCandidacy({
  name: 'byConcurrencyLimit',
  summary: 'drops servers that have as many requests as they can take without becoming slower',
  options,
  shorthand: 'max',
  signal: limits,
  create: (_, limitOf) =>
    explained(
      (servers) => {
        const [first] = servers;
        const shared = first && limitOf(first)?.shared;
        if (!shared || shared.full === 0) return servers;
        return servers.filter((server) => !limitOf(server)?.isFull);
      },
      {
        reason: (server) => {
          const { inFlight = 0, limit = 0 } = limitOf(server) ?? {};
          return `${inFlight} requests under way, limit ${Math.floor(limit)}`;
        },
      },
    ),
});
