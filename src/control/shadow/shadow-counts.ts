import type { Chain } from '../../core/chain.ts';
import type { Choice } from '../../core/choose.ts';
import { type Decision, type DecisionContext, decide } from '../../core/decide.ts';
import { correctedRequests } from '../../core/estimate.ts';
import { expectedDelay } from '../../core/expected-delay.ts';
import { type Random, seededRandom } from '../../core/random.ts';
import type { RouteTable } from '../../core/route.ts';
import type { Millis, Server } from '../../core/types.ts';
import { add, packed } from '../metrics/packed.ts';
import { HerdWindows } from './herd-windows.ts';
import { CELL_COUNT, CELLS, type ShadowSnapshot } from './shadow-cells.ts';

/** One in so many decisions is timed: reading the clock costs a part of what is timed. */
const TIMED_EVERY = 16;

/** A shadow chain as it is to run from now on. */
export interface FollowedShadow {
  readonly chain: Chain;
  /** 0..1 */
  readonly share: number;
  /** Another one begins its counts anew. */
  readonly key: string;
}

/** What is counted of one shadow chain; it goes on when the same chain is loaded again. */
class ShadowCount {
  readonly cells = new Float64Array(CELL_COUNT);
  lastFault: string | null = null;
  readonly #herd = new HerdWindows((live, shadow) => {
    add(this.cells, CELLS.windows, 1);
    add(this.cells, CELLS.liveHerd, live);
    add(this.cells, CELLS.shadowHerd, shadow);
  });

  decided(live: Decision, shadow: Decision, proxies: number): void {
    add(this.cells, CELLS.decisions, 1);
    const isSame = live.chosen === shadow.chosen && live.delivery === shadow.delivery;
    if (!isSame) add(this.cells, CELLS.disagreements, 1);
    if (live.chosen && shadow.chosen) this.#compare(live.chosen, shadow.chosen, live.now, proxies);
    else if (live.chosen) add(this.cells, CELLS.refused, 1);
  }

  timed(live: Millis, shadow: Millis): void {
    add(this.cells, CELLS.timed, 1);
    add(this.cells, CELLS.liveMs, live);
    add(this.cells, CELLS.shadowMs, shadow);
  }

  #compare(live: Server, shadow: Server, now: Millis, proxies: number): void {
    const moment = { now, proxies };
    add(this.cells, CELLS.delays, 1);
    add(this.cells, CELLS.liveDelay, expectedDelay(live, correctedRequests(live, moment)));
    add(this.cells, CELLS.shadowDelay, expectedDelay(shadow, correctedRequests(shadow, moment)));
    this.#herd.picked(live.slot, shadow.slot, now);
  }
}

interface Running extends FollowedShadow {
  readonly count: ShadowCount;
  /** Grows by the share with each decision of the pool; at 1 the shadow chain decides too. */
  due: number;
}

/**
 * Runs shadow chains beside those that are in use: on the same board, the same request and the same seed, so that the
 * same chain decides the same. What they answer is counted and forgotten.
 */
export class ShadowCounts {
  readonly #clock: () => Millis;
  readonly #random: Random = seededRandom(0);
  #byPool: ReadonlyMap<string, Running> = new Map();
  #made = 0;

  /** `clock`: milliseconds, as fine as there are. */
  constructor(clock: () => Millis) {
    this.#clock = clock;
  }

  /** Runs these from now on. Counts of a chain that is the same as before go on. */
  follow(shadows: readonly FollowedShadow[]): void {
    const before = this.#byPool;
    this.#byPool = new Map(
      shadows.map((shadow) => {
        const pool = shadow.chain.pool.name;
        const known = before.get(pool);
        const count = known?.key === shadow.key ? known.count : new ShadowCount();
        return [pool, { ...shadow, count, due: 0 }];
      }),
    );
  }

  /** view -> route -> decision, as `choose` does it; then the shadow chain of its pool decides too. */
  choose(routes: RouteTable, context: DecisionContext): Choice | undefined {
    const route = routes(context.request);
    if (!route) return undefined;
    const running = this.#byPool.size === 0 ? undefined : this.#due(route.chain.pool.name);
    if (!running) return { route, decision: decide(route.chain, context) };
    this.#made += 1;
    const isTimed = this.#made % TIMED_EVERY === 0;
    const began = isTimed ? this.#clock() : 0;
    const decision = decide(route.chain, context);
    const between = isTimed ? this.#clock() : 0;
    const shadow = this.#decideToo(running.chain, decision, context);
    if (isTimed) running.count.timed(between - began, this.#clock() - between);
    running.count.decided(decision, shadow, context.proxies);
    return { route, decision };
  }

  /** A link of a shadow chain has failed. */
  fault(chain: Chain, message: string): void {
    const running = this.#byPool.get(chain.pool.name);
    if (running?.chain !== chain) return;
    add(running.count.cells, CELLS.faults, 1);
    running.count.lastFault = message;
  }

  take(): readonly ShadowSnapshot[] {
    return [...this.#byPool].map(([pool, { chain, share, key, count }]) => ({
      pool,
      links: chain.links.map(({ name }) => name),
      share,
      key,
      cells: packed(count.cells),
      lastFault: count.lastFault,
      isBypassed: chain.links.some(({ guard }) => guard?.bypassed === true),
    }));
  }

  #due(pool: string): Running | undefined {
    const running = this.#byPool.get(pool);
    if (!running) return undefined;
    running.due += running.share;
    if (running.due < 1) return undefined;
    running.due -= 1;
    return running;
  }

  #decideToo(chain: Chain, { seed }: Decision, { request, now, proxies }: DecisionContext): Decision {
    this.#random.reseed(seed);
    return decide(chain, { request, now, proxies, random: this.#random });
  }
}
