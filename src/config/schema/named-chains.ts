import type { ChainEntry } from './schema-pools.ts';

/**
 * The chain of a pool that names none: servers that reported lately (or never, since agents are optional) and were not
 * ejected; of a random sample, the one that a request costs least, counting requests that no report can know of yet.
 * No link orders by an old report alone, so that the requests between two reports do not all go to one server.
 */
export const DEFAULT_CHAIN: readonly ChainEntry[] = [
  { byAge: '5s' },
  'notEjected',
  'addPrediction',
  { sample: { least: 8 } },
  'byMarginalCost',
];

/**
 * The chain for servers that send numbers with their answers, on a route that probes: new servers are warmed up, and of
 * the few servers that something fresh is known of, the one is taken that a request costs least.
 */
export const FULL_CHAIN: readonly ChainEntry[] = [
  { byAge: '5s' },
  'notEjected',
  'slowStart',
  'addPrediction',
  'candidates',
  { byMarginalCost: { crowding: 0.3 } },
];

/** What a configuration may write in place of a list. */
export const CHAIN_NAMES = ['default', 'full'] as const;

export type ChainName = (typeof CHAIN_NAMES)[number];

const NAMED: Readonly<Record<ChainName, readonly ChainEntry[]>> = {
  default: DEFAULT_CHAIN,
  full: FULL_CHAIN,
};

const isName = (chain: ChainName | readonly ChainEntry[]): chain is ChainName => typeof chain === 'string';

/** The links of a chain as it was written: those of the name, or the list itself. */
export const writtenLinks = (chain: ChainName | readonly ChainEntry[]): readonly ChainEntry[] =>
  isName(chain) ? NAMED[chain] : chain;
