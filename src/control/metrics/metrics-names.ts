import type { ServerView } from '../views/views.ts';

/** Most servers of a pool that have series of their own; the rest share one named `other`. */
export const MAX_NAMED_SERVERS = 500;
const OTHER = 'other';

/** The names that the series of servers carry, by pool and id: the first 500 of a pool their id, the rest `other`. */
export type SeriesNames = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** What is said of such a pool, once. */
export const crowdedText = (pool: string): string =>
  `pool ${pool} has more than ${MAX_NAMED_SERVERS} servers: in the metrics the rest share one series, \`other\``;

/** Pools with more servers than have series. */
export const crowdedPools = (names: SeriesNames): readonly string[] =>
  [...names].flatMap(([pool, servers]) => (servers.size > MAX_NAMED_SERVERS ? [pool] : []));

export const seriesNames = (servers: readonly ServerView[]): SeriesNames => {
  const names = new Map<string, Map<string, string>>();
  for (const { pool, id } of servers) {
    const ofPool = names.get(pool) ?? new Map<string, string>();
    names.set(pool, ofPool);
    ofPool.set(id, ofPool.size < MAX_NAMED_SERVERS ? id : OTHER);
  }
  return names;
};
