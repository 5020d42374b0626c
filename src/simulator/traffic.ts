import type { Millis } from '../core/types.ts';
import type { Draws, Streams } from './draws.ts';
import { Keys } from './keyed.ts';
import { arrivalRate, type Scenario } from './scenario.ts';
import { workOf } from './work.ts';

/** When requests come (open loop, Poisson), to which proxy, what they ask for and how much work that is. */
export class Traffic {
  readonly keys: Keys | undefined;
  readonly #draws: Draws;
  readonly #work: () => Millis;
  readonly #gap: Millis;
  readonly #proxies: Scenario['proxies'];

  constructor(scenario: Scenario, { arrivals, work }: Pick<Streams, 'arrivals' | 'work'>) {
    this.keys = scenario.keys && new Keys(scenario.keys);
    this.#draws = arrivals;
    this.#work = workOf(scenario.work.distribution, scenario.work.mean, work);
    this.#gap = 1 / arrivalRate(scenario);
    this.#proxies = scenario.proxies;
  }

  /** Time until the next request. */
  gap(): Millis {
    return this.#draws.exponential(this.#gap);
  }

  /** The proxy that gets it. */
  proxy(): number {
    const { count, firstSends } = this.#proxies;
    if (count === 1) return 0;
    if (firstSends === 1) return this.#draws.below(count);
    const isFirst = this.#draws.uniform() * (firstSends + count - 1) < firstSends;
    return isFirst ? 0 : 1 + this.#draws.below(count - 1);
  }

  /** -1 where keys do not matter. */
  key(): number {
    return this.keys ? this.keys.draw(this.#draws) : -1;
  }

  work(): Millis {
    return this.#work();
  }

  /** Whether something of this chance happens with the request. */
  happens(chance: number): boolean {
    return this.#draws.uniform() < chance;
  }
}
