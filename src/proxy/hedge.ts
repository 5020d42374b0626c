import type { Millis, Outcome } from '../core/types.ts';
import { Attempt } from './attempt.ts';
import type { Exchange } from './exchange.ts';
import type { RouteHedges } from './hedging.ts';

/** An attempt that was called off because the other one was answered: says nothing of its server. */
const calledOff = ({ wasSent }: Attempt): Outcome => ({
  kind: 'failed',
  side: 'proxy',
  reason: 'client_abort',
  unsent: !wasSent,
});

/**
 * What an exchange has of its route's hedges: it waits for its time while its server is silent; then, if that is safe
 * and makes nothing worse, a copy of its request goes to the next server of its decision, and whoever begins a final
 * answer first gives the answer.
 */
export class Hedge {
  /** When the first attempt began. */
  readonly since: Millis;
  /** The copy, while both are under way. */
  copy: Attempt | undefined = undefined;
  readonly #exchange: Exchange;
  readonly #route: RouteHedges;

  /** Two attempts are under way. */
  get isRacing(): boolean {
    return this.copy !== undefined;
  }

  constructor(exchange: Exchange, route: RouteHedges) {
    this.#exchange = exchange;
    this.#route = route;
    this.since = exchange.record.decidedAt ?? exchange.record.startedAt;
  }

  /**
   * Its time has come. Counts of requests decide whether the second server is hotter than the first: those that this
   * proxy knows at this moment, with the waiting request at the first. A chain's estimate would be that of the decision.
   */
  send(now: Millis): void {
    const { client, attempt, engine, record } = this.#exchange;
    const first = attempt.pool?.server;
    if (!first || !attempt.isSilent || !client.hasWholeRequest || !this.#route.budget.hasToken) return;
    const { candidates, isRepeatable } = this.#exchange.attempts;
    const second = isRepeatable ? candidates?.peek() : undefined;
    if (!second || second.inFlight > first.inFlight) return;
    const pool = engine.pools.of(second);
    if (!pool.hasRoom || this.#route.isHot(record.decision?.chain.pool, pool.line.length)) return;
    this.#route.budget.take();
    candidates?.tried(second);
    record.hedged = 'lost';
    this.copy = new Attempt(this.#exchange);
    this.copy.copyTo(pool, now);
  }

  /** The other attempt, if two are under way. */
  otherThan(attempt: Attempt): Attempt | undefined {
    return this.copy === attempt ? this.#exchange.attempt : this.copy;
  }

  /** Of two attempts only this one is left. */
  goOnWith(attempt: Attempt): void {
    this.#exchange.attempt = attempt;
    this.#exchange.record.chosen = attempt.pool?.server;
    this.copy = undefined;
  }

  /** The final answer to one of the attempts begins: the other one is called off. */
  answered(winner: Attempt, status: number, now: Millis): void {
    this.#route.leave(this);
    // A failure is never a fast answer.
    if (status < 500) this.#route.record(now - this.since, now);
    if (winner.isCopy) this.#exchange.record.hedged = 'won';
    const loser = this.otherThan(winner);
    if (!loser) return;
    this.goOnWith(winner);
    loser.leave(calledOff(loser));
  }

  /** A fault of ours in sending the copy. */
  faulted(): void {
    this.#exchange.faulted();
  }

  /** The exchange is over. */
  end(): void {
    this.#route.leave(this);
    this.copy?.leave();
    this.copy = undefined;
  }
}
