import type { Choice } from '../../core/choose.ts';
import type { Decision } from '../../core/decide.ts';
import { type Explanation, explain } from '../../core/explain.ts';
import type { Route } from '../../core/route.ts';
import { parseTraceparent } from '../../core/trace-context.ts';
import { Ring } from '../events/ring.ts';
import type { RunClock } from '../run-clock.ts';
import type { DecisionView, KeptDecisions, KeptKind } from '../views/views.ts';
import { type Answering, decisionField } from './decision-field.ts';
import type { EndedExchange } from './ended-exchange.ts';
import { NotableDecisions } from './notable-decisions.ts';
import { RecentDecisions } from './recent-decisions.ts';

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

/** Of a request: it has shown that it may be answered with its decision. */
export interface Asking {
  readonly wantsExplanation?: boolean;
}

interface Kept {
  readonly view: DecisionView;
  outcome: DecisionView['outcome'];
  traceId: string | undefined;
}

/**
 * The decisions made: a sample, each explained at its moment, before its request was counted; the last ones in a light
 * form; and those whose requests were slow or failed.
 */
export class DecisionLog {
  readonly #kept = new Ring<Kept>(KEPT);
  /** Those whose requests are under way. */
  readonly #sampled = new WeakMap<Decision, Kept>();
  readonly #recent = new RecentDecisions();
  readonly #notable = new NotableDecisions();
  readonly #clock: RunClock;
  #second = -1;
  #explained = 0;
  #made = 0;

  constructor(clock: RunClock) {
    this.#clock = clock;
  }

  /** Keeps this decision if the second's ration allows, or it was asked for. Call it before the request is counted. */
  sample({ route, decision }: Choice, isAskedFor = false): void {
    this.#made += 1;
    const second = Math.floor(decision.now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#explained = 0;
    }
    if (!isAskedFor && this.#explained >= ration(decision.chain.pool.servers.length)) return;
    this.#explained += 1;
    const { traceId } = parseTraceparent(decision.request.header('traceparent')) ?? {};
    const kept: Kept = { view: this.#explain(route, decision), outcome: null, traceId };
    this.#kept.push(kept);
    this.#sampled.set(decision, kept);
    decision.isSampled = true;
  }

  /** The decision of an exchange as the value of a header field; undefined if it was not explained. */
  fieldOf(exchange: Answering & Pick<EndedExchange, 'decision'>): string | undefined {
    const { decision } = exchange;
    const view = decision && this.#sampled.get(decision)?.view;
    return view && decisionField(view, exchange);
  }

  /** How the request of a decision ended. */
  ended(exchange: EndedExchange): void {
    const { decision } = exchange;
    this.#recent.add(exchange);
    this.#notable.consider(exchange, this.#clock.epochOffset);
    if (!decision?.isSampled) return;
    const kept = this.#sampled.get(decision);
    const { status, termination, duration, attempts } = exchange;
    if (!kept) return;
    kept.outcome = { status, termination, durationMs: duration, attempts };
    kept.traceId = exchange.traceId ?? kept.traceId;
  }

  newest(count: number): readonly DecisionView[] {
    return this.#kept
      .newest(count)
      .map(({ view, outcome, traceId }) => ({ ...view, ...(traceId && { traceId }), outcome }));
  }

  kept(kind: KeptKind, newest: number): KeptDecisions {
    return kind === 'recent'
      ? this.#recent.newest(newest, this.#clock.epochOffset())
      : this.#notable.newest(kind, newest);
  }

  #explain(route: Route, { chain, request, now, seed }: Decision): DecisionView {
    const { proxies } = chain.moment;
    const explanation = explain(chain, { request, now, seed, proxies, clock: this.#clock.now });
    const { method, host, path, clientIp } = request;
    return {
      id: String(this.#made),
      at: this.#clock.wallClock(),
      pool: chain.pool.name,
      route: route.name,
      seed,
      request: { method, host, path, clientIp },
      ...shortened(explanation),
      outcome: null,
    };
  }
}
