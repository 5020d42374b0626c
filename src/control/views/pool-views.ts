import type { Route } from '../../core/route.ts';
import type { ServerState } from '../../core/types.ts';
import { grouped } from '../cells/grouped.ts';
import { answersIn, QUANTILES, quantilesOf } from '../cells/response-times.ts';
import { coveredSeconds, type RecentSnapshot } from '../cells/shares.ts';
import type { PoolSnapshot } from '../metrics/pool-counts.ts';
import type { PoolView, RouteView, ServerView } from './views.ts';

/** The worst first. A server that nobody has reported on may well serve, so `unknown` is next to `ready`. */
const WORST: readonly ServerState[] = ['down', 'ejected', 'slowstart', 'unknown', 'ready'];
/** Below that, the 99th of 100 is the slowest. */
const FEWEST = 100;
const P99 = QUANTILES.indexOf(0.99);

/** A pool without servers is down. One whose servers are all set aside is as the first of `drain` and `maint` says. */
export const poolState = (servers: readonly Pick<ServerView, 'state'>[]): ServerState => {
  const states = new Set(servers.map(({ state }) => state));
  const worst = WORST.find((state) => states.has(state));
  if (worst) return worst;
  if (states.has('drain')) return 'drain';
  return states.has('maint') ? 'maint' : 'down';
};

/** What pools are made of. */
export interface PoolSources {
  /** Names of the pools, in the order in which they are shown. */
  readonly names: readonly string[];
  readonly servers: readonly ServerView[];
  readonly counts: {
    readonly pools: readonly Pick<PoolSnapshot, 'name' | 'lately'>[];
    readonly recent: readonly RecentSnapshot[];
  };
  /** Monotonic, ms. */
  readonly now: number;
  /** Since when requests are counted, on the same clock. */
  readonly since: number;
}

const rateOf = (name: string, { counts, now, since }: PoolSources): number | null => {
  const seconds = Math.min(coveredSeconds(now), (now - since) / 1000);
  if (seconds < 1) return null;
  const mine = counts.recent.filter(({ pool }) => pool === name).flatMap(({ servers }) => servers);
  const sum = mine.reduce((total, { count }) => total + count, 0);
  return Math.round((sum / seconds) * 10) / 10;
};

const p99Of = (name: string, { counts }: PoolSources): number | null => {
  const lately = counts.pools.find((pool) => pool.name === name)?.lately;
  if (!lately || answersIn(lately) < FEWEST) return null;
  return Math.round((quantilesOf(lately)[P99] ?? 0) * 1e4) / 10;
};

/** The pools of these names, those without servers too. */
export const poolViews = (sources: PoolSources): readonly PoolView[] => {
  const byPool = grouped(sources.servers, ({ pool }) => pool);
  return sources.names.map((name) => {
    const servers = byPool.get(name) ?? [];
    return {
      name,
      state: poolState(servers),
      servers: servers.length,
      ready: servers.filter(({ state }) => state === 'ready').length,
      inFlight: servers.reduce((sum, { inFlight }) => sum + inFlight, 0),
      requestsPerSecond: rateOf(name, sources),
      p99Ms: p99Of(name, sources),
    };
  });
};

/** Routes as they are in use. One that leads to none of these pools is answered by the proxy itself. */
export const routeViews = (routes: readonly Route[], pools: readonly string[]): readonly RouteView[] =>
  routes.map(({ name, match, chain }) => {
    const isPooled = pools.includes(chain.pool.name);
    return {
      name,
      host: match.host ?? null,
      path: match.path ?? null,
      methods: match.methods ?? null,
      pool: isPooled ? chain.pool.name : null,
      chain: isPooled ? chain.name : null,
    };
  });
