import { defineCandidacy } from '../src/core/candidacy.ts';
import { keep } from '../src/core/making.ts';

/**
 * Takes the server on this proxy's own machine (the pool's `self`) out of the list.
 *
 * - Formula: keep if not `isSelf`.
 * - Example: `- removeSelf`.
 * - Missing stats: reads none. A pool without a `self` is left as it is.
 * - Cost: O(n).
 * - Source: mod_backhand's `removeSelf`.
 */
export const removeSelf = defineCandidacy({
  name: 'removeSelf',
  summary: "drops the server on this proxy's own machine",
  create: () =>
    keep(
      ({ isSelf }) => !isSelf,
      () => "is on this proxy's own machine",
    ),
});
