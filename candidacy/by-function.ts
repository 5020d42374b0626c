import { defineCandidacy, type ExplainedFunction } from '../src/core/candidacy.ts';
import { z } from '../src/core/options.ts';

const options = z.strictObject({
  function: z.custom<ExplainedFunction>(
    (value) => typeof value === 'function',
    'expected a candidacy function, or in a configuration the path of a script that exports one',
  ),
});

/**
 * Calls a function of the user's: the counterpart of byPerl. It is under the same contract as a script in the chain:
 * what it throws or wrongly returns leaves the list as it was.
 *
 * - Formula: `function(servers, moment)`.
 * - Example: `- byFunction: ./by-tenant.ts`; the configuration loads the script and hands its function over.
 * - Missing stats: the function's own business; every number in `stats` may be missing.
 * - Cost: the function's own.
 * - Source: `byPerl` of Apache::Backhand.
 */
export const byFunction = defineCandidacy({
  name: 'byFunction',
  summary: 'calls a function of your own',
  options,
  shorthand: 'function',
  create: (given) => given.function,
});
