import { defineCandidacy } from '../src/core/candidacy.ts';
import { orderBy } from '../src/core/making.ts';
import { z } from '../src/core/options.ts';
import type { Server } from '../src/core/types.ts';

const options = z.strictObject({
  /** Busy workers that forwarding is held to cost. */
  bias: z.int().default(0),
});

const busyWorkers = ({ stats }: Server): number =>
  stats?.slots ? stats.slots.total - stats.slots.available : Number.NaN;

/**
 * Fewest busy workers first. `bias` favours the server on this proxy's own machine.
 *
 * - Formula: `slots.total - slots.available + predicted - (isSelf ? bias : 0)`, lowest first; predicted is 0 unless
 *   addPrediction stands before.
 * - Example: `- byBusyChildren: 2`.
 * - Missing stats: a server that reports no worker slots comes after the known.
 * - Cost: O(n log n); O(n) as the last link.
 * - Source: mod_backhand's `byBusyChildren` (nservers - aservers).
 */
export const byBusyChildren = defineCandidacy({
  name: 'byBusyChildren',
  summary: "fewest busy workers first; the bias favours this proxy's own machine",
  kind: 'order',
  ordersByReports: true,
  options,
  shorthand: 'bias',
  create: ({ bias }) =>
    orderBy((server, moment) => busyWorkers(server) + moment.predicted(server) - (server.isSelf ? bias : 0)),
});
