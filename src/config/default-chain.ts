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
