import { patternFault } from '../../../candidacy/parts/safe-pattern.ts';
import { parseAddressRule } from '../../core/accept.ts';
import { z } from '../../core/options.ts';
import { matchablePath } from '../../core/route.ts';

/** The kinds of values that rules of routes and hosts share. */

const shown = (input: unknown): string => JSON.stringify(input);

/** True for what names a script and not anything else. */
export const isScriptPath = (text: string): boolean => /^\.{0,2}\//.test(text);

/** The path of a script: `./file.ts` or `./file.ts#name`. */
export const scriptPath = () =>
  z
    .string()
    .max(4096)
    .refine((text) => isScriptPath(text) && !/\p{Cc}/u.test(text), {
      error: ({ input }) =>
        `expected the path of a function such as ./mine.ts or ./mine.ts#name, got ${shown(input)}`,
    });

const RANGE = /^[0-9a-f:.]+(?:\/\d{1,3})?$/i;
const NAME = /^\.?[a-z0-9_](?:[a-z0-9_.-]{0,251}[a-z0-9_])?$/i;

/** True for an address or a range, and false for a name. */
export const isAddressRange = (text: string): boolean =>
  RANGE.test(text) && parseAddressRule(text) !== undefined;

const looksLikeNumbers = (text: string): boolean => /^[\d.:/]+$/.test(text);

/** Who may come: an address or a range, a host name, a suffix with its dot, or the path of a function. */
export const accessRule = () =>
  z
    .string()
    .max(4096)
    .refine(
      (text) => isScriptPath(text) || isAddressRange(text) || (NAME.test(text) && !looksLikeNumbers(text)),
      {
        error: ({ input }) =>
          `expected a range such as 10.0.0.0/8, a host name, a suffix such as .example.com or the path of a function, got ${shown(input)}`,
      },
    )
    .transform((text) => (isScriptPath(text) ? text : text.toLowerCase()));

/** The name of a header field. */
export const fieldName = () =>
  z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/, {
    error: ({ input }) => `expected the name of a header field, got ${shown(input)}`,
  });

/** The value of a header field, without placeholders as yet. */
export const fieldValue = () =>
  z
    .string()
    .max(4096)
    .regex(/^(?:[\x21-\x7e\xa0-\xff](?:[\t\x20-\x7e\xa0-\xff]*[\x21-\x7e\xa0-\xff])?)?$/, {
      error: 'expected the value of a header field: Latin-1, without line breaks and spaces at the ends',
    });

/**
 * Ways that a pattern for paths may try: one repetition of anything with a few choices. A path is up to 64 KiB long,
 * and since it is tried at its begin only, the time grows with the length and not with its square.
 */
const MOST_WAYS = 8 * 64;

const pathPatternFault = (pattern: string): string | undefined =>
  patternFault(pattern, MOST_WAYS) ??
  (pattern.startsWith('^')
    ? undefined
    : `expected a pattern that begins with \`^\`, such as ^/old/(.*)$, got ${shown(pattern)}`);

/** A regular expression over paths that a person wrote and that no path can make slow. */
export const pathPattern = () =>
  z.string().superRefine((pattern, context) => {
    const fault = pathPatternFault(pattern);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  });

/** A begin of paths that is cut off or put on: with a slash in front and none at the end. */
export const prefix = () =>
  z.string().refine((path) => /^(?:\/[^/?#\\\s\p{Cc}]+)+$/u.test(path) && matchablePath(path) === path, {
    error: ({ input }) =>
      `expected a path with a slash in front and none at its end, such as /api, got ${shown(input)}`,
  });
