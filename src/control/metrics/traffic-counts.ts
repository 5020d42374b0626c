import type { Chain, FaultKind, Link } from '../../core/chain.ts';
import type { Decision } from '../../core/decide.ts';
import type { PoolView } from '../../core/pool-view.ts';
import type { Millis, Outcome, Server } from '../../core/types.ts';
import type { Packed } from '../cells/packed.ts';
import type { PROBE_RESULTS } from '../cells/pool-cells.ts';
import { type RecentSnapshot, Shares } from '../cells/shares.ts';
import { TrafficSeries } from '../series/traffic-series.ts';
import type { ShadowSnapshot } from '../shadow/shadow-cells.ts';
import { ShadowChains } from '../shadow/shadow-chains.ts';
import { ChainCounts, type ChainSnapshot } from './chain-counts.ts';
import { type CountedExchange, NO_POOL, PoolCounts, type PoolSnapshot } from './pool-counts.ts';

/** Everything that one process has counted of its traffic. Plain data: it can be sent to another and summed there. */
export interface TrafficSnapshot {
  readonly pools: readonly PoolSnapshot[];
  readonly chains: readonly ChainSnapshot[];
  readonly shadows: readonly ShadowSnapshot[];
  readonly recent: readonly RecentSnapshot[];
  /** The seconds of the last minute, as TrafficSeries keeps them. */
  readonly series: Packed;
  /** What was turned away before it was a request: RefusedCells. */
  readonly refused: Packed;
}

/** What an engine turned away before it was a request. */
export interface RefusedTraffic {
  /** Connections beyond the limit. */
  readonly turnedAway: number;
  /** Answers to what was no request, by status. */
  readonly refusals: ReadonlyMap<number, number>;
}

/** The cell of connections; those of answers to what was no request are their statuses. */
export const TURNED_AWAY = 0;

const NOTHING_REFUSED: RefusedTraffic = { turnedAway: 0, refusals: new Map() };

const packedRefusals = ({ turnedAway, refusals }: RefusedTraffic): Packed =>
  Float64Array.from([TURNED_AWAY, turnedAway, ...[...refusals].sort(([a], [b]) => a - b).flat()]);

/**
 * Counts what goes by, for metrics and status. Everything is called once or twice a request, so it adds to cells of
 * arrays and makes nothing; names are joined with numbers when somebody looks.
 */
export class TrafficCounts {
  readonly chains: ChainCounts;
  readonly series: TrafficSeries;
  readonly shares = new Shares();
  readonly shadows: ShadowChains;
  readonly #pools = new Map<string, PoolCounts>();
  #refused: () => RefusedTraffic = () => NOTHING_REFUSED;

  /** `clock`: for the time that decisions take. `epochOffset`: add to monotonic ms for a date. */
  constructor(clock: () => Millis = () => 0, epochOffset: () => number = () => 0) {
    this.chains = new ChainCounts(clock);
    this.series = new TrafficSeries(epochOffset);
    this.shadows = new ShadowChains(clock);
  }

  decided(decision: Decision): void {
    this.chains.decided(decision);
  }

  /** A link of a chain, in use or a shadow, has failed. */
  fault(chain: Chain, link: Link, kind: FaultKind, message: string): void {
    this.chains.fault(chain, link, kind, message);
    this.shadows.fault(chain, message);
  }

  /** An attempt at a server has begun. */
  begun(server: Server, now: Millis): void {
    this.shares.count(server, now);
  }

  /** An attempt at a server has ended. */
  ended(server: Server, outcome: Outcome): void {
    if (outcome.kind === 'failed' && outcome.side === 'server' && outcome.reason.startsWith('connect'))
      this.#pool(server.pool).connectError(server.id, outcome.reason);
  }

  /** A probe of a server of this pool has ended. */
  probed(pool: string, result: (typeof PROBE_RESULTS)[number]): void {
    this.#pool(pool).probed(result);
  }

  finished(exchange: CountedExchange): void {
    this.#pool(exchange.pool ?? NO_POOL).finished(exchange);
    this.series.finished(exchange);
  }

  /** Says what to ask for what was turned away. */
  countRefused(of: () => RefusedTraffic): void {
    this.#refused = of;
  }

  /** Forgets pools that are no more, and servers that are in their pools no more. Call it now and then. */
  keep(pools: readonly PoolView[]): void {
    const present = new Map(pools.map((pool) => [pool.name, pool]));
    this.shares.keep(present);
    for (const [name, counts] of this.#pools) {
      const pool = present.get(name);
      if (pool) counts.keep(new Set(pool.servers.map(({ id }) => id)));
      else if (name !== NO_POOL) this.#pools.delete(name);
    }
  }

  take(now: Millis): TrafficSnapshot {
    return {
      pools: [...this.#pools.values()].map((pool) => pool.take(now)),
      chains: this.chains.take(),
      shadows: this.shadows.take(),
      recent: this.shares.take(now),
      series: this.series.take(),
      refused: packedRefusals(this.#refused()),
    };
  }

  #pool(name: string): PoolCounts {
    const known = this.#pools.get(name);
    if (known) return known;
    const fresh = new PoolCounts(name);
    this.#pools.set(name, fresh);
    return fresh;
  }
}
