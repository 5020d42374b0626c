import { defineCandidacy } from '../src/core/candidacy.ts';
import { orderBy } from '../src/core/making.ts';
import { z } from '../src/core/options.ts';

const options = z.strictObject({
  /** Load that forwarding is held to cost: 0 to 1 is sensible. */
  bias: z.number().default(0),
});

/**
 * Least load first. `bias` favours the server on this proxy's own machine, which costs no forwarding.
 *
 * - Formula: `load1 + predicted - (isSelf ? bias : 0)`, lowest first; predicted is 0 unless addPrediction stands before.
 * - Example: `- byLoad: 0.5`.
 * - Missing stats: a server without `load1` comes after the known.
 * - Cost: O(n log n); O(n) as the last link.
 * - Source: mod_backhand's `byLoad`.
 */
export const byLoad = defineCandidacy({
  name: 'byLoad',
  summary: "least load first; the bias favours this proxy's own machine",
  kind: 'order',
  ordersByReports: true,
  options,
  shorthand: 'bias',
  create: ({ bias }) =>
    orderBy(
      (server, moment) =>
        (server.stats?.load1 ?? Number.NaN) + moment.predicted(server) - (server.isSelf ? bias : 0),
    ),
});
