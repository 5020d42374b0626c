import type { Chain } from '../../core/chain.ts';
import { type Choice, choose } from '../../core/choose.ts';
import { type Decision, type DecisionContext, decide } from '../../core/decide.ts';
import { type Random, seededRandom } from '../../core/random.ts';
import type { RouteTable } from '../../core/route.ts';
import type { Millis } from '../../core/types.ts';
import { add, packed } from '../cells/packed.ts';
import { CELLS, type ShadowSnapshot } from './shadow-cells.ts';
import { ShadowCount } from './shadow-count.ts';

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

interface Running extends FollowedShadow {
  readonly count: ShadowCount;
  /** Grows by the share with each decision of the pool; at 1 the shadow chain decides too. */
  due: number;
}

/**
 * Runs shadow chains beside those that are in use: on the same board, the same request and the same seed, so that the
 * same chain decides the same. What they answer is counted and forgotten.
 */
export class ShadowChains {
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
    if (this.#byPool.size === 0) return choose(routes, context);
    const route = routes(context.request);
    if (!route) return undefined;
    const running = this.#due(route.chain.pool.name);
    const decision = running ? this.#decideBoth(route.chain, running, context) : decide(route.chain, context);
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

  /** The decision of the chain in use. */
  #decideBoth(live: Chain, { chain, count }: Running, context: DecisionContext): Decision {
    this.#made += 1;
    const isTimed = this.#made % TIMED_EVERY === 0;
    const began = isTimed ? this.#clock() : 0;
    const decision = decide(live, context);
    const between = isTimed ? this.#clock() : 0;
    const shadow = this.#decideToo(chain, decision, context);
    if (isTimed) count.timed(between - began, this.#clock() - between);
    count.decided(decision, shadow, context.proxies);
    return decision;
  }

  #decideToo(chain: Chain, { seed }: Decision, { request, now, proxies }: DecisionContext): Decision {
    this.#random.reseed(seed);
    return decide(chain, { request, now, proxies, random: this.#random });
  }
}
