import { defineCandidacy } from '../src/core/candidacy.ts';
import { orderBy } from '../src/core/making.ts';

/**
 * Most available memory first, in bytes and not as a share: a request needs as much on a large machine as on a small.
 *
 * - Formula: `-memoryAvailable`, lowest first.
 * - Example: `- byMemory`.
 * - Missing stats: a server without `memoryAvailable` comes after the known.
 * - Cost: O(n log n); O(n) as the last link.
 * - Source: the `amem` of mod_backhand's table, for which it had no function.
 */
export const byMemory = defineCandidacy({
  name: 'byMemory',
  summary: 'most available memory first',
  kind: 'order',
  ordersByReports: true,
  create: () => orderBy(({ stats }) => -(stats?.memoryAvailable ?? Number.NaN)),
});
