import type { Choice } from '../core/choose.ts';
import type { Decision } from '../core/decide.ts';
import type { FinishedExchange } from '../core/exchange.ts';
import { type Explanation, explain } from '../core/explain.ts';
import type { Route } from '../core/route.ts';
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

interface Kept {
  readonly view: DecisionView;
  outcome: DecisionView['outcome'];
}

type EndedExchange = Pick<FinishedExchange, 'decision' | 'status' | 'termination' | 'duration' | 'attempts'>;

/** A sample of the decisions made, each explained at its moment, before its request was counted. */
export class DecisionLog {
  readonly #kept = new Ring<Kept>(KEPT);
  /** Those whose requests are under way. */
  readonly #sampled = new WeakMap<Decision, Kept>();
  readonly #clock: () => number;
  readonly #wallClock: () => number;
  #second = -1;
  #explained = 0;
  #made = 0;

  constructor(clock: () => number, wallClock: () => number) {
    this.#clock = clock;
    this.#wallClock = wallClock;
  }

  /** Keeps this decision if the second's ration allows. Call it before the request is counted. */
  sample({ route, decision }: Choice): void {
    this.#made += 1;
    const second = Math.floor(decision.now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#explained = 0;
    }
    if (this.#explained >= ration(decision.chain.pool.servers.length)) return;
    this.#explained += 1;
    const kept: Kept = { view: this.#explain(route, decision), outcome: null };
    this.#kept.push(kept);
    this.#sampled.set(decision, kept);
    decision.isSampled = true;
  }

  /** How the request of a decision ended; says nothing if the decision was not kept. */
  ended(exchange: EndedExchange): void {
    const { decision } = exchange;
    if (!decision?.isSampled) return;
    const kept = this.#sampled.get(decision);
    const { status, termination, duration, attempts } = exchange;
    if (kept) kept.outcome = { status, termination, durationMs: duration, attempts };
  }

  newest(count: number): readonly DecisionView[] {
    return this.#kept.newest(count).map(({ view, outcome }) => ({ ...view, outcome }));
  }

  #explain(route: Route, { chain, request, now, seed }: Decision): DecisionView {
    const { proxies } = chain.moment;
    const explanation = explain(chain, { request, now, seed, proxies, clock: this.#clock });
    const { method, host, path, clientIp } = request;
    return {
      id: String(this.#made),
      at: this.#wallClock(),
      pool: chain.pool.name,
      route: route.name,
      request: { method, host, path, clientIp },
      ...shortened(explanation),
      outcome: null,
    };
  }
}
