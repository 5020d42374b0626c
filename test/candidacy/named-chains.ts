import { builtIns } from '../../candidacy/index.ts';
import { DEFAULT_CHAIN, FULL_CHAIN } from '../../src/config/schema/named-chains.ts';
import type { ChainEntry } from '../../src/config/schema/schema-pools.ts';
import type { Written } from './support.ts';

const linkOf = (entry: ChainEntry): Written => {
  const [name = '', options = {}] = typeof entry === 'string' ? [entry] : Object.entries(entry)[0]!;
  return [builtIns.get(name)!, options];
};

/** The chains that configurations name, as they are used. */
export const DEFAULT: readonly Written[] = DEFAULT_CHAIN.map(linkOf);
export const FULL: readonly Written[] = FULL_CHAIN.map(linkOf);
