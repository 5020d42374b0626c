import { defineCandidacy } from '../src/core/candidacy.ts';
import { orderBy } from '../src/core/making.ts';

/**
 * Fewest requests in flight first, as believed now (see addPrediction). A server of weight 0.5 counts as full with half
 * as many.
 *
 * - Formula: `(moment.requests(server) + 1) / weight`, lowest first; the weight is 1 unless it was set.
 * - Example: `- sample: 8` and then `- byInFlight`.
 * - Missing stats: without a reported count, what this proxy has under way itself stands for every proxy.
 * - Cost: O(n log n); O(n) as the last link.
 * - Source: least connections, as every balancer has it.
 */
export const byInFlight = defineCandidacy({
  name: 'byInFlight',
  summary: 'fewest requests in flight first',
  kind: 'order',
  create: () => orderBy((server, moment) => (moment.requests(server) + 1) / server.weight),
});
