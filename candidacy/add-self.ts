import { defineCandidacy } from '../src/core/candidacy.ts';

/**
 * Puts the server on this proxy's own machine (the pool's `self`) at the end of the list if a link before took it out.
 *
 * - Formula: the list, then `self` unless it is there.
 * - Example: `- addSelf`.
 * - Missing stats: reads none. Without a `self`, or while it is drained, the list stays as it is.
 * - Cost: O(n).
 * - Source: mod_backhand's `addSelf`.
 */
export const addSelf = defineCandidacy({
  name: 'addSelf',
  summary: "puts the server on this proxy's own machine at the end, if it is not in the list",
  kind: 'order',
  create:
    () =>
    (servers, { self }) =>
      self === undefined || servers.includes(self) ? servers : [...servers, self],
});
