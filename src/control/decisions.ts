import type { Choice } from '../core/choose.ts';
import { type Explanation, explain } from '../core/explain.ts';
import { Ring } from './ring.ts';
import type { DecisionView } from './views.ts';

const KEPT = 200;
/** Explaining costs a few times the decision and grows with the pool: so many servers a second may be explained. */
const SERVERS_PER_SECOND = 4000;
const MOST_PER_SECOND = 20;
/** Servers named in one kept decision, in each of its lists. */
const NAMES_KEPT = 50;

const ration = (servers: number): number =>
  Math.max(1, Math.min(MOST_PER_SECOND, Math.floor(SERVERS_PER_SECOND / Math.max(1, servers))));

const shortened = (explanation: Explanation): Explanation => ({
  ...explanation,
  ranked: explanation.ranked.slice(0, NAMES_KEPT),
  steps: explanation.steps.map((step) => ({ ...step, dropped: step.dropped.slice(0, NAMES_KEPT) })),
});

type Outcome = NonNullable<DecisionView['outcome']>;

interface Kept {
  readonly view: DecisionView;
  outcome: DecisionView['outcome'];
}

/** A sample of the decisions made, each explained at its moment, before its request was counted. */
export class DecisionLog {
  readonly #kept = new Ring<Kept>(KEPT);
  readonly #clock: () => number;
  readonly #wallClock: () => number;
  #second = -1;
  #explained = 0;
  #made = 0;

  constructor(clock: () => number, wallClock: () => number) {
    this.#clock = clock;
    this.#wallClock = wallClock;
  }

  /** Keeps this decision if the second's ration allows. Returns how to tell its end; undefined if it was not kept. */
  sample({ route, decision }: Choice): ((outcome: Outcome) => void) | undefined {
    this.#made += 1;
    const second = Math.floor(decision.now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#explained = 0;
    }
    if (this.#explained >= ration(decision.chain.pool.servers.length)) return undefined;
    this.#explained += 1;
    const { chain, request, now, seed } = decision;
    const explanation = explain(chain, {
      request,
      now,
      seed,
      proxies: chain.moment.proxies,
      clock: this.#clock,
    });
    const { method, host, path, clientIp } = request;
    const view: DecisionView = {
      id: String(this.#made),
      at: this.#wallClock(),
      pool: chain.pool.name,
      route: route.name,
      request: { method, host, path, clientIp },
      ...shortened(explanation),
      outcome: null,
    };
    const kept: Kept = { view, outcome: null };
    this.#kept.push(kept);
    return (outcome) => {
      kept.outcome = outcome;
    };
  }

  newest(count: number): readonly DecisionView[] {
    return this.#kept.newest(count).map(({ view, outcome }) => ({ ...view, outcome }));
  }
}
