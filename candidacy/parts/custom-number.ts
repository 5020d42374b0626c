import type { Stats } from '../../src/core/types.ts';

const PREFIX = 'custom.';

/** How the options of functions name a number of the application's own; the source of a regular expression. */
export const CUSTOM_NUMBER = 'custom\\.[\\w.:@/-]{1,128}';

/** Reads the number that such a name says out of reports; undefined for a name of another kind. */
export const customNumber = (
  name: string,
): ((stats: Stats | undefined) => number | undefined) | undefined => {
  if (!name.startsWith(PREFIX)) return undefined;
  const own = name.slice(PREFIX.length);
  return (stats) => stats?.custom?.[own];
};
