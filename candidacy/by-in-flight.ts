import { defineCandidacy } from '../src/core/candidacy.ts';
import { orderBy } from '../src/core/making.ts';

/**
 * Fewest requests in flight first, as believed now (see addPrediction).
 *
 * - Formula: `moment.requests(server)`, lowest first.
 * - Example: `- sample: 8` and then `- byInFlight`.
 * - Missing stats: without a reported count, what this proxy has under way itself stands for every proxy.
 * - Cost: O(n log n); O(n) as the last link.
 * - Source: least connections, as every balancer has it.
 */
export const byInFlight = defineCandidacy({
  name: 'byInFlight',
  summary: 'fewest requests in flight first',
  kind: 'order',
  create: () => orderBy((server, moment) => moment.requests(server)),
});
