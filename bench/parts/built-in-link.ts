import { builtIns } from '../../candidacy/index.ts';
import type { ChainEntry } from '../../src/config/schema/schema-pools.ts';
import type { LinkSpec } from '../../src/core/chain.ts';

/** The link that an entry of a chain writes: bare, with options, or with the one option that has a short form. */
export const builtInLink = (entry: ChainEntry): LinkSpec => {
  const [name = '', written] = typeof entry === 'string' ? [entry] : (Object.entries(entry)[0] ?? []);
  const candidacy = builtIns.get(name);
  if (!candidacy) throw new TypeError(`there is no function ${name}`);
  const { options, shorthand } = candidacy;
  const isBare = written !== undefined && typeof written !== 'object' && shorthand !== undefined;
  return { name, candidacy, options: options?.parse(isBare ? { [shorthand]: written } : (written ?? {})) };
};
