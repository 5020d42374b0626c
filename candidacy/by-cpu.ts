import { defineCandidacy } from '../src/core/candidacy.ts';
import { orderBy } from '../src/core/making.ts';

/**
 * Most idle CPU first.
 *
 * - Formula: `1 - cpuIdle`, lowest first.
 * - Example: `- byCPU`.
 * - Missing stats: a server without `cpuIdle` comes after the known.
 * - Cost: O(n log n); O(n) as the last link.
 * - Source: mod_backhand's `byCPU`.
 */
export const byCPU = defineCandidacy({
  name: 'byCPU',
  summary: 'most idle CPU first',
  kind: 'order',
  ordersByReports: true,
  create: () => orderBy(({ stats }) => 1 - (stats?.cpuIdle ?? Number.NaN)),
});
