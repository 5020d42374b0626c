import { defineCandidacy } from '../src/core/candidacy.ts';
import { expectedDelay } from '../src/core/expected-delay.ts';
import { orderBy } from '../src/core/making.ts';
import type { Moment, Server } from '../src/core/types.ts';
import { TIE_BREAK } from './parts/tie-break.ts';

const delay = (server: Server, moment: Moment): number => {
  const requests = moment.requests(server);
  return expectedDelay(server, requests) + TIE_BREAK * requests;
};

/**
 * Shortest expected delay first: how long one more request would take, in units of a request on a free core of the
 * reference machine. Other than byMarginalCost it asks for this request alone, and takes speeds at their word: for
 * speeds that are exact, or requests that matter more than those already there.
 *
 * - Formula: `max(K, r + 1) / (K x e x w) + 1e-6 r` with r = requests in flight as believed now (see addPrediction), K
 *   = cpus, e = live arriba / 1000, w = the server's weight, 1 unless it was set. Less than one core is one slow core.
 * - Example: `- sample: 8` and then `- byExpectedDelay`.
 * - Missing stats: K = 1 and e = 1, so without agents it orders by requests in flight.
 * - Cost: O(n log n); O(n) and without any garbage as the last link.
 * - Source: shortest expected delay (LVS `sed`), on fresh requests in flight and live arriba.
 */
export const byExpectedDelay = defineCandidacy({
  name: 'byExpectedDelay',
  summary: 'shortest expected delay first, from requests in flight, cores and live speed',
  kind: 'order',
  create: () => orderBy(delay),
});
