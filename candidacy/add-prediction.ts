import { defineCandidacy } from '../src/core/candidacy.ts';
import { correctedRequests, requestsSinceReport } from '../src/core/estimate.ts';
import { explained } from '../src/core/making.ts';

/**
 * Leaves the list as it is, and lets the links behind it see the requests that the last reports cannot know of yet:
 * byLoad, byBusyChildren and byCost add them to what was reported; byInFlight and byMarginalCost compare the
 * corrected count of requests in flight.
 *
 * - Formula: predicted = `max(0, proxies x (inFlight - inFlightAtReport))`;
 *   requests = `max(inFlight, stats.inFlight + proxies x (inFlight - inFlightAtReport))`.
 * - Example: `- addPrediction`, anywhere before the order.
 * - Missing stats: without a reported count, requests = `proxies x inFlight`.
 * - Cost: O(1).
 * - Source: mod_backhand's `addPrediction`; the correction is the concurrency compensation of C3 (NSDI '15).
 */
export const addPrediction = defineCandidacy({
  name: 'addPrediction',
  summary: 'adds, for the links behind it, the requests that the last report cannot know of',
  kind: 'order',
  create: () =>
    explained((servers) => servers, { estimate: correctedRequests, predicted: requestsSinceReport }),
});
