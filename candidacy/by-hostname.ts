import { defineCandidacy } from '../src/core/candidacy.ts';
import { keep } from '../src/core/making.ts';
import { z } from '../src/core/options.ts';
import { patternFault } from './parts/safe-pattern.ts';

const options = z.strictObject({
  /** Matches anywhere in the name unless anchored; letters match in either case, as in DNS. */
  pattern: z.string().superRefine((pattern, context) => {
    const fault = patternFault(pattern);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  }),
});

/**
 * Keeps the servers whose host name matches a regular expression.
 *
 * - Formula: keep if `pattern` matches the host in the server's URL.
 * - Example: `- byHostname: '^(sun|alpha)'`.
 * - Missing stats: reads none.
 * - Cost: O(n) matches; the answer is kept for up to 20 ms. Patterns that could take exponential time are refused.
 * - Source: mod_backhand's `byHostname`.
 */
export const byHostname = defineCandidacy({
  name: 'byHostname',
  summary: 'keeps servers whose host name matches a regular expression',
  scope: 'board',
  options,
  shorthand: 'pattern',
  create: ({ pattern }) => {
    const expression = new RegExp(pattern, 'i');
    return keep(
      ({ url }) => expression.test(url.hostname),
      ({ url }) => `${url.hostname} does not match ${pattern}`,
    );
  },
});
