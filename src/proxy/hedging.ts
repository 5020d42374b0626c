import { isIdempotent } from '../core/candidates.ts';
import { HedgeBudget } from '../core/hedge-budget.ts';
import type { PoolView } from '../core/pool-view.ts';
import { RecentTimes } from '../core/recent-times.ts';
import type { HedgeSettings } from '../core/route.ts';
import type { Millis } from '../core/types.ts';
import type { EngineContext } from './engine-context.ts';
import type { Exchange } from './exchange.ts';
import { Hedge } from './hedge.ts';

/** How often those that wait are looked at, ms: a hedge is at most so much late. */
const LOOK_EVERY_MS = 5;
/** The quantile of a route's own times after which it hedges (Dean, Barroso, "The Tail at Scale", CACM 2013). */
const LATE_PART = 0.95;
/** Machines that are on average less idle than this have no time for the same thing twice. */
const HOT_IDLE = 0.1;

/** Whether the machines of a pool say so. Those that say nothing are not asked. */
const saysHot = ({ eligible }: PoolView): boolean => {
  let idle = 0;
  let count = 0;
  for (const { stats } of eligible) {
    if (stats?.cpuIdle === undefined) continue;
    idle += stats.cpuIdle;
    count += 1;
  }
  return count > 0 && idle / count < HOT_IDLE;
};

/** The hedges of one route: who waits, what answers take, what may be spent. */
export class RouteHedges {
  readonly budget = new HedgeBudget();
  readonly #engine: EngineContext;
  /** In the order in which they began. */
  readonly #waiting = new Set<Hedge>();
  readonly #times: RecentTimes;
  #settings: HedgeSettings;
  #isHot = false;
  #heatAt: Millis = Number.NEGATIVE_INFINITY;

  constructor(engine: EngineContext, settings: HedgeSettings, now: Millis) {
    this.#engine = engine;
    this.#settings = settings;
    this.#times = new RecentTimes(LATE_PART, now);
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** A request of the route came. Gives its hedge, if it may have one. */
  request(exchange: Exchange, settings: HedgeSettings): Hedge | undefined {
    this.#settings = settings;
    this.budget.request(settings.budget);
    if (exchange.upgrade !== '' || !isIdempotent(exchange.record.method)) return undefined;
    const hedge = new Hedge(exchange, this);
    this.#waiting.add(hedge);
    return hedge;
  }

  /** It waits no longer. */
  leave(hedge: Hedge): void {
    this.#waiting.delete(hedge);
  }

  /** An answer took so long to begin. */
  record(ms: Millis, now: Millis): void {
    if (this.#settings.after === 'p95') this.#times.record(ms, now);
  }

  /** Sends the copies whose time has come. */
  look(now: Millis): void {
    const { after: wanted } = this.#settings;
    const after = wanted === 'p95' ? this.#times.quantile(now) : wanted;
    if (after === undefined) return;
    for (const hedge of this.#waiting) {
      if (now - hedge.since < after) return;
      this.#waiting.delete(hedge);
      this.#send(hedge, now);
    }
  }

  /** The whole pool has too much to do: requests wait for connections, or its machines say that they have no time. */
  isHot(pool: PoolView | undefined, waiting: number): boolean {
    if (waiting > 0 || !pool) return true;
    const { now } = this.#engine.sweep;
    if (this.#heatAt !== now) this.#isHot = saysHot(pool);
    this.#heatAt = now;
    return this.#isHot;
  }

  #send(hedge: Hedge, now: Millis): void {
    try {
      hedge.send(now);
    } catch (thrown) {
      this.#engine.parts.onFault(thrown);
      hedge.faulted();
    }
  }
}

/** The hedges of all routes that want any, and one timer for all of them, which runs while somebody waits. */
export class Hedging {
  readonly #engine: EngineContext;
  /** By name, so that a reload forgets nothing. */
  readonly #routes = new Map<string, RouteHedges>();
  #timer: NodeJS.Timeout | undefined = undefined;
  #isClosed = false;

  constructor(engine: EngineContext) {
    this.#engine = engine;
  }

  /** A request of a route that hedges is about to be sent. */
  request(exchange: Exchange, route: string, settings: HedgeSettings): Hedge | undefined {
    const known = this.#routes.get(route);
    const hedges = known ?? new RouteHedges(this.#engine, settings, this.#engine.sweep.now);
    if (!known) this.#routes.set(route, hedges);
    this.#arm();
    return hedges.request(exchange, settings);
  }

  /** Looks now. */
  look(): void {
    const now = this.#engine.parts.now();
    let isWaiting = false;
    for (const hedges of this.#routes.values()) {
      if (hedges.isEmpty) continue;
      hedges.look(now);
      isWaiting = true;
    }
    if (isWaiting) this.#arm();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #arm(): void {
    if (this.#timer || this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.look();
    }, LOOK_EVERY_MS).unref();
  }
}
