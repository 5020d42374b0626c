import { defineCandidacy } from '../src/core/candidacy.ts';
import { explained } from '../src/core/making.ts';

/**
 * Keeps nobody, and an empty list behind it means that this machine answers itself, whatever `whenEmpty` says.
 *
 * - Formula: `[]`.
 * - Example: `- off`, as the only link of a route to a status page.
 * - Missing stats: reads none.
 * - Cost: O(1).
 * - Source: mod_backhand's `off`.
 */
export const off = defineCandidacy({
  name: 'off',
  summary: 'keeps nobody: the request is served locally',
  emptyIsLocal: true,
  create: () => explained(() => [], { reason: () => 'served locally' }),
});
