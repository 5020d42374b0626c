import { defineCandidacy } from '../src/core/candidacy.ts';
import { orderBy } from '../src/core/making.ts';
import { z } from '../src/core/options.ts';
import { fullness, ownFullness } from './parts/fullness.ts';

const options = z.strictObject({
  /** `own` is what other balancers go by: the requests of this proxy alone, whatever was reported. */
  count: z.enum(['believed', 'own']).default('believed'),
});

/**
 * Fewest requests in flight first, as believed now (see addPrediction) or as this proxy counts itself. A server of
 * weight 0.5 counts as full with half as many.
 *
 * - Formula: `(moment.requests(server) + 1) / weight`, lowest first, with `own` `(inFlight + 1) / weight`; the weight
 *   is 1 unless it was set. Equals stay as they came: put byRandom or sample before it.
 * - Example: `- sample: 8` and then `- byInFlight`; least connections of other balancers is `- byRandom` and then
 *   `- byInFlight: own`.
 * - Missing stats: without a reported count, what this proxy has under way itself stands for every proxy.
 * - Cost: O(n log n); O(n) as the last link.
 * - Source: least connections, as every balancer has it.
 */
export const byInFlight = defineCandidacy({
  name: 'byInFlight',
  summary: 'fewest requests in flight first',
  kind: 'order',
  options,
  shorthand: 'count',
  create: ({ count }) => orderBy(count === 'own' ? ownFullness : fullness),
});
