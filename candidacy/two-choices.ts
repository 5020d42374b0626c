import { defineCandidacy } from '../src/core/candidacy.ts';
import { explained, orderBy, pickAtRandom } from '../src/core/making.ts';
import { z } from '../src/core/options.ts';
import { fullness, ownFullness } from './parts/fullness.ts';

const options = z.strictObject({
  /** `own`: the requests of this proxy alone, whatever was reported. */
  by: z.enum(['requests', 'own']).default('requests'),
  /** More than two see more, and with old numbers more proxies see the same. */
  count: z.int().min(2).max(256).default(2),
});

/** How full a server may be to be preferred to another: missing and absurd numbers never. */
const known = (score: number): number => (score >= 0 ? score : Number.POSITIVE_INFINITY);

/**
 * Keeps two servers at random, and puts the one with fewer requests in flight first. The others are tried when both
 * have failed. What stands behind it can compare the two by something else (byPeakEwma).
 *
 * - Formula: `count` distinct ones at random, lowest `(moment.requests(server) + 1) / weight` first, with `own`
 *   `(inFlight + 1) / weight`; the weight is 1 unless it was set. Of equals the first that was drawn.
 * - Example: `- twoChoices` or `- twoChoices: own` or `- twoChoices: { count: 3 }`.
 * - Missing stats: without a reported count, what this proxy has under way itself stands for every proxy.
 * - Cost: O(count).
 * - Source: the power of two choices (Mitzenmacher, TPDS 2001); `random(2)` in HAProxy, `random two` in nginx.
 */
export const twoChoices = defineCandidacy({
  name: 'twoChoices',
  summary: 'draws two servers and puts the one with fewer requests in flight first',
  kind: 'cut',
  options,
  shorthand: 'by',
  create: ({ by, count }) => {
    const score = by === 'own' ? ownFullness : fullness;
    const order = orderBy(score);
    return explained(
      (servers, moment) => {
        const drawn = pickAtRandom(servers, count, moment.random);
        const [one, other] = drawn;
        if (drawn.length !== 2 || !one || !other) return order(drawn, moment);
        return known(score(other, moment)) < known(score(one, moment)) ? [other, one] : drawn;
      },
      { score, reason: () => 'not drawn' },
    );
  },
});
