import { defineCandidacy } from '../src/core/candidacy.ts';
import { sample as keepSample } from '../src/core/making.ts';
import { z } from '../src/core/options.ts';

const options = z.strictObject({
  /** Pools up to this size are compared whole, in random order. */
  least: z.int().min(1).default(8),
});

/**
 * Keeps some servers at random and in random order, so that what stands behind it looks at a few only, and proxies
 * with the same numbers do not all choose the same server.
 *
 * - Formula: `max(least, floor(log2 n))` of n.
 * - Example: `- sample: 8`.
 * - Missing stats: reads none.
 * - Cost: O(servers kept).
 * - Source: mod_backhand's byRandom and byLogWindow in one; the power of d choices (Mitzenmacher, TPDS 2001).
 */
export const sample = defineCandidacy({
  name: 'sample',
  summary: 'keeps max(least, log2 n) servers at random',
  kind: 'cut',
  options,
  shorthand: 'least',
  create: ({ least }) => keepSample(least),
});
