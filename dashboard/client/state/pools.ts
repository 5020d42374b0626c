import type { PoolView, ServerView } from '../../../src/control/views/views.ts';

/** Every state, the worst first; those that people have set aside come last but one. */
export const STATES = ['down', 'ejected', 'unknown', 'slowstart', 'drain', 'maint', 'ready'] as const;

/** What each state means, for tooltips. */
export const STATE_HINTS: Readonly<Record<string, string>> = {
  ready: 'It takes requests',
  drain: 'Finishes what it has and gets nothing new',
  maint: 'Set aside for maintenance',
  down: 'It cannot be reached, or says that it is down',
  ejected: 'Left out for a while after failures',
  slowstart: 'Back, and given more and more',
  unknown: 'Neither heard of nor tried lately',
};

/** `3 ready, 1 down`: the worst first, states that this version does not know last. */
export const stateCounts = (servers: readonly Pick<ServerView, 'state'>[]): string => {
  const counts = new Map<string, number>();
  for (const { state } of servers) counts.set(state, (counts.get(state) ?? 0) + 1);
  const known: readonly string[] = STATES;
  const place = (state: string): number => (known.includes(state) ? known.indexOf(state) : known.length);
  return [...counts]
    .sort(([a], [b]) => place(a) - place(b))
    .map(([state, number]) => `${number} ${state}`)
    .join(', ');
};

/** Servers of one pool, with what is said of the pool as a whole. */
export interface Group {
  readonly pool: string;
  readonly view: PoolView | undefined;
  readonly servers: readonly ServerView[];
}

/** In the order of the pools; servers of pools that are not listed come after. A pool without servers has a group too. */
export const grouped = (servers: readonly ServerView[], pools: readonly PoolView[]): readonly Group[] => {
  const groups = new Map<string, ServerView[]>(pools.map(({ name }) => [name, []]));
  for (const server of servers) {
    const group = groups.get(server.pool);
    if (group) group.push(server);
    else groups.set(server.pool, [server]);
  }
  const views = new Map(pools.map((view) => [view.name, view]));
  return [...groups].map(([pool, group]) => ({ pool, view: views.get(pool), servers: group }));
};
