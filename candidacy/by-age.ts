import { defineCandidacy } from '../src/core/candidacy.ts';
import { keep } from '../src/core/making.ts';
import { duration, formatDuration, z } from '../src/core/options.ts';
import type { Millis } from '../src/core/types.ts';

const options = z.strictObject({
  /** mod_backhand's SERVER_TIMEOUT. With one report a second 2s to 6s is usual. */
  max: duration().prefault('20s'),
  unheard: z.enum(['keep', 'drop']).default('keep'),
});

/** Rounded up, so that an age that is too high never reads like the limit. */
const roundedUp = (age: Millis): string =>
  formatDuration(age < 1000 ? Math.ceil(age) : Math.ceil(age / 100) * 100);

/**
 * Drops servers whose last report is older than `max`. The age is measured on this proxy's clock, from the receipt.
 *
 * - Formula: keep if `now - heardAt <= max`.
 * - Example: `- byAge: 5s` or `- byAge: { max: 5s, unheard: drop }`.
 * - Missing stats: a server never heard of is kept, because agents are optional; `unheard: drop` is mod_backhand's way.
 * - Cost: O(n); the answer is kept for up to 20 ms.
 * - Source: mod_backhand's `byAge`.
 */
export const byAge = defineCandidacy({
  name: 'byAge',
  summary: 'drops servers whose last report is too old',
  scope: 'board',
  options,
  shorthand: 'max',
  create: ({ max, unheard }) => {
    const keepsUnheard = unheard === 'keep';
    return keep(
      ({ heardAt }, { now }) => (heardAt === Number.NEGATIVE_INFINITY ? keepsUnheard : now - heardAt <= max),
      ({ heardAt }, { now }) =>
        heardAt === Number.NEGATIVE_INFINITY
          ? 'never heard of'
          : `age ${roundedUp(now - heardAt)} > ${formatDuration(max)}`,
    );
  },
});
