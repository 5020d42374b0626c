import type { PoolView } from '../../core/pool-view.ts';
import { sumPacked } from '../cells/packed.ts';
import { sumRecent } from '../cells/shares.ts';
import { sumSeries } from '../series/traffic-series.ts';
import { sumShadows } from '../shadow/shadow-views.ts';
import { sumChains } from './chain-counts.ts';
import { NO_POOL, type PoolSnapshot, sumPools } from './pool-counts.ts';
import type { TrafficSnapshot } from './traffic-counts.ts';

const NOTHING: TrafficSnapshot = {
  pools: [],
  chains: [],
  shadows: [],
  recent: [],
  series: new Float64Array(),
  refused: new Float64Array(),
};

/**
 * The sum over several processes; a sum can be summed again. Quantiles are those of all answers together, since what is
 * added are the windows.
 */
export const sumSnapshots = (snapshots: readonly TrafficSnapshot[]): TrafficSnapshot => ({
  pools: sumPools(snapshots.flatMap(({ pools }) => pools)),
  chains: sumChains(snapshots.flatMap(({ chains }) => chains)),
  shadows: sumShadows(snapshots.flatMap(({ shadows }) => shadows)),
  recent: sumRecent(snapshots.flatMap(({ recent }) => recent)),
  series: sumSeries(snapshots.map(({ series }) => series)),
  refused: sumPacked(snapshots.map(({ refused }) => refused)),
});

/** What still counts of a process that is gone: its totals, and its seconds until they are too old to be shown. */
const asPast = ({ pools, chains, shadows, series, refused }: TrafficSnapshot): TrafficSnapshot => ({
  series,
  refused,
  pools: pools.map((pool) => ({
    ...pool,
    lately: new Float64Array(),
    servers: pool.servers.map((server) => ({ ...server, window: new Float64Array() })),
  })),
  chains: chains.map((chain) => ({
    ...chain,
    links: chain.links.map((link) => ({ ...link, bypassed: false })),
  })),
  shadows: shadows.map((shadow) => ({ ...shadow, isBypassed: false })),
  recent: [],
});

const kept = (pool: PoolSnapshot, present: ReadonlyMap<string, PoolView>): readonly PoolSnapshot[] => {
  if (pool.name === NO_POOL) return [pool];
  const ids = new Set(present.get(pool.name)?.servers.map(({ id }) => id));
  return present.has(pool.name) ? [{ ...pool, servers: pool.servers.filter(({ id }) => ids.has(id)) }] : [];
};

/** What all workers have counted, those that are gone included: counters never go back when a worker ends. */
export class WorkerCounts {
  readonly #last = new Map<number, TrafficSnapshot>();
  #gone = NOTHING;
  /** Made when somebody asks; several ask for one scrape. */
  #sum: TrafficSnapshot | undefined = undefined;

  /** Takes what a worker has counted since it started, in place of what it said before. */
  take(worker: number, snapshot: TrafficSnapshot): void {
    this.#last.set(worker, snapshot);
    this.#sum = undefined;
  }

  /** A worker has ended: what it said last stays in the sum. */
  gone(worker: number): void {
    const last = this.#last.get(worker);
    if (!last) return;
    this.#last.delete(worker);
    this.#gone = sumSnapshots([asPast(last), this.#gone]);
    this.#sum = undefined;
  }

  /** A configuration was loaded: the counts of chains begin again, so those of workers that are gone end. */
  reloaded(): void {
    this.#gone = { ...this.#gone, chains: [], shadows: [] };
    this.#sum = undefined;
  }

  /** Forgets, of workers that are gone, pools that are no more and servers that are in their pools no more. */
  keep(pools: readonly PoolView[]): void {
    const present = new Map(pools.map((pool) => [pool.name, pool]));
    this.#gone = { ...this.#gone, pools: this.#gone.pools.flatMap((pool) => kept(pool, present)) };
    this.#sum = undefined;
  }

  sum(): TrafficSnapshot {
    this.#sum ??= sumSnapshots([...this.#last.values(), this.#gone]);
    return this.#sum;
  }
}
