import { defineCandidacy } from '../src/core/candidacy.ts';
import { explained, sampleSize } from '../src/core/making.ts';

const window = (n: number): number => sampleSize(n, 1);

/**
 * Keeps the first log2(n) of n servers: a few looked at closely are enough, and deciders that look at different few
 * do not all run to the same server. Put byRandom before it.
 *
 * - Formula: the first `max(1, floor(log2 n))`: 1 of 3, 2 of 4, 3 of 8, 6 of 100.
 * - Example: `- byRandom` and then `- byLogWindow`.
 * - Missing stats: reads none.
 * - Cost: O(log n), with a byRandom before it too: both are done in one partial shuffle.
 * - Source: mod_backhand's `byLogWindow`.
 */
export const byLogWindow = defineCandidacy({
  name: 'byLogWindow',
  summary: 'keeps the first log2(n) of n servers',
  kind: 'cut',
  create: () => explained((servers) => servers.slice(0, window(servers.length)), { window }),
});
