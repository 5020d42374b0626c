import type { PoolView, ServerView } from '../control/views/views.ts';
import type { ServerState } from '../core/types.ts';
import type { ScreenLine, Tone } from './live-screen.ts';
import { plainText } from './plain-text.ts';
import { serverRows } from './servers.ts';
import { table } from './table.ts';

const POOL_HEAD = ['pool', 'state', 'ready', 'in flight', 'requests/s', 'p99'];

const TONES: Readonly<Record<ServerState, Tone>> = {
  ready: 'plain',
  unknown: 'plain',
  slowstart: 'warn',
  drain: 'warn',
  maint: 'warn',
  ejected: 'bad',
  down: 'bad',
};

const poolRow = (pool: PoolView): readonly string[] => [
  pool.name,
  pool.state,
  `${pool.ready}/${pool.servers}`,
  String(pool.inFlight),
  pool.requestsPerSecond === null ? '-' : pool.requestsPerSecond.toFixed(1),
  pool.p99Ms === null ? '-' : `${pool.p99Ms.toFixed(1)}ms`,
];

const linesOf = (
  rows: readonly (readonly string[])[],
  states: readonly ServerState[],
): readonly ScreenLine[] => {
  const texts = table(rows.map((row) => row.map(plainText)))
    .trimEnd()
    .split('\n');
  return texts.map((text, i) => {
    const state = states[i - 1];
    return { text, tone: state === undefined ? 'bold' : TONES[state] };
  });
};

/** The reasons stand in the table where a server has one. */
const withReasons = (servers: readonly ServerView[]): readonly (readonly string[])[] => {
  const rows = serverRows(servers);
  if (servers.every(({ reason }) => reason === null)) return rows;
  return rows.map((row, i) => [...row, i === 0 ? 'why' : (servers[i - 1]?.reason ?? '')]);
};

/** What the servers may be sorted by; `pool` is the order of the API. */
export const SORTS = ['pool', 'in flight', 'latency', 'share'] as const;
export type Sort = (typeof SORTS)[number];

const KEYS: Readonly<Record<Exclude<Sort, 'pool'>, (server: ServerView) => number>> = {
  'in flight': ({ inFlight }) => inFlight,
  latency: ({ latencyMs }) => latencyMs ?? -1,
  share: ({ share }) => share,
};

/** The highest first. */
const sorted = (servers: readonly ServerView[], sort: Sort): readonly ServerView[] =>
  sort === 'pool' ? servers : servers.toSorted((a, b) => KEYS[sort](b) - KEYS[sort](a));

/** The tables of pools and servers. */
export const topLines = (
  { pools, servers }: { readonly pools: readonly PoolView[]; readonly servers: readonly ServerView[] },
  sort: Sort = 'pool',
): readonly ScreenLine[] => {
  if (servers.length === 0) return [{ text: 'No pool has a server.', tone: 'warn' }];
  const shown = sorted(servers, sort);
  const states = (list: readonly { readonly state: ServerState }[]): readonly ServerState[] =>
    list.map(({ state }) => state);
  return [
    ...linesOf([POOL_HEAD, ...pools.map(poolRow)], states(pools)),
    { text: '', tone: 'plain' },
    ...linesOf(withReasons(shown), states(shown)),
  ];
};
