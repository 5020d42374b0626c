import { defineCandidacy } from '../src/core/candidacy.ts';
import { explained, pickAtRandom } from '../src/core/making.ts';

/**
 * Shuffles, so that every order is equally likely. Before an order it breaks ties fairly.
 *
 * - Formula: Fisher-Yates, with the decision's own random numbers.
 * - Example: `- byRandom`.
 * - Missing stats: reads none.
 * - Cost: O(n); with a window behind it, only as many draws as the window keeps.
 * - Source: mod_backhand's `byRandom`.
 */
export const byRandom = defineCandidacy({
  name: 'byRandom',
  summary: 'shuffles the list',
  kind: 'order',
  create: () =>
    explained((servers, { random }) => pickAtRandom(servers, servers.length, random), { shuffles: true }),
});
