import { NO_REQUEST } from '../core/chain.ts';
import type { Millis, Outcome, Server } from '../core/types.ts';
import type { Agenda } from './agenda.ts';
import { DelayLine } from './delay-line.ts';
import { type Exchanges, State } from './exchanges.ts';
import type { Measuring } from './measuring.ts';
import type { Probing } from './probing.ts';
import type { Scenario } from './scenario.ts';
import type { Ends } from './server-side.ts';
import type { SimulatedProxy } from './simulated-proxy.ts';
import type { SimulatedServer } from './simulated-server.ts';
import { Source } from './sources.ts';
import type { Tally } from './tally.ts';
import type { Traffic } from './traffic.ts';

const NOBODY = -1;
const TOO_LATE: Outcome = { kind: 'failed', side: 'server', reason: 'header_timeout', unsent: false };

interface ProxySideParts {
  readonly agenda: Agenda;
  readonly proxies: readonly SimulatedProxy[];
  readonly exchanges: Exchanges;
  readonly measuring: Measuring;
  readonly probing: Probing;
  readonly traffic: Traffic;
  readonly tally: Tally;
  /** Answers carry numbers. */
  readonly answers: boolean;
  /** Hands a request to a server. */
  readonly send: (exchange: number, server: number, now: Millis) => void;
}

/** The way of a request from the client to a server, and of its end back to the client. */
export class ProxySide implements Ends {
  readonly #parts: ProxySideParts;
  readonly #scenario: Scenario;
  readonly #timeouts: DelayLine<number>;
  /** Requests that wait for probes: for their round trip, and for all of the wait. */
  readonly #parked: DelayLine<number>;
  readonly #parkedLong: DelayLine<number>;
  /** Measured requests under way. */
  #open = 0;

  constructor(scenario: Scenario, parts: ProxySideParts) {
    this.#scenario = scenario;
    this.#parts = parts;
    this.#timeouts = new DelayLine<number>(scenario.timeout, NOBODY);
    this.#parked = new DelayLine<number>(scenario.probes.roundTrip, NOBODY);
    this.#parkedLong = new DelayLine<number>(parts.probing.plan.wait, NOBODY);
  }

  /** Whether a measured request is under way. */
  get isOpen(): boolean {
    return this.#open > 0;
  }

  /** A client sends a request, and perhaps a long poll beside it. */
  arrive(now: Millis): void {
    const { traffic, exchanges } = this.#parts;
    const { longPolls } = this.#scenario;
    const exchange = exchanges.open(traffic.proxy(), traffic.work(), traffic.key(), now);
    if (now > this.#scenario.warmup) this.#open += 1;
    this.#timeouts.send(exchange, now);
    this.#parts.agenda.set(Source.TIMEOUT, this.#timeouts.time);
    this.#admit(exchange, now);
    if (!longPolls || !traffic.happens(longPolls.share)) return;
    const held = exchanges.open(traffic.proxy(), 0, traffic.key(), now);
    exchanges.isLongPoll[held] = 1;
    this.#admit(held, now);
  }

  /** Probes that were waited for are in, or not. */
  unpark(now: Millis): void {
    const { agenda, exchanges } = this.#parts;
    this.deliverProbes(now);
    const exchange = (this.#parked.time <= this.#parkedLong.time ? this.#parked : this.#parkedLong).take();
    agenda.set(Source.PARKED, Math.min(this.#parked.time, this.#parkedLong.time));
    if (exchanges.state[exchange] === State.GIVEN_UP) exchanges.close(exchange);
    else this.#dispatch(exchange, now);
  }

  /** Hands out all answers to probes that are here. */
  deliverProbes(now: Millis): void {
    const { agenda, probing, proxies } = this.#parts;
    while (probing.time <= now) probing.deliver(proxies, now);
    agenda.set(Source.PROBE, probing.time);
  }

  /** Gives up on requests that take too long, and passes over those that have ended. */
  timeOut(now: Millis): void {
    const timeouts = this.#timeouts;
    while (timeouts.time <= now || (timeouts.time < Number.POSITIVE_INFINITY && !this.#isAwaited)) {
      const isAwaited = this.#isAwaited;
      const exchange = timeouts.take();
      if (isAwaited) this.#giveUp(exchange, now);
    }
    this.#parts.agenda.set(Source.TIMEOUT, timeouts.time);
  }

  hear(exchange: number, server: SimulatedServer, now: Millis): void {
    const { answers, measuring, exchanges, proxies } = this.#parts;
    if (!answers) return;
    const proxy = proxies[exchanges.proxy[exchange] as number] as SimulatedProxy;
    const stats = measuring.inBand(server, now);
    if (stats) proxy.hearInBand(server.index, stats, 'answer', now);
    else proxy.refuseInBand(server.index);
  }

  answered(exchange: number, status: number, now: Millis): void {
    const { exchanges, tally } = this.#parts;
    const total = now - (exchanges.sentAt[exchange] as number);
    exchanges.done[exchange]?.({ kind: 'answered', status, firstByte: total, total }, now);
    if (this.#isMeasured(exchange)) {
      this.#open -= 1;
      if (status < 500) tally.answered(now - (exchanges.startedAt[exchange] as number));
      else tally.failed();
    }
    exchanges.close(exchange);
  }

  failed(exchange: number, outcome: Extract<Outcome, { kind: 'failed' }>, now: Millis): void {
    const { exchanges } = this.#parts;
    exchanges.done[exchange]?.(outcome, now);
    const next = this.#next(exchange, outcome.unsent, now);
    if (!next) {
      this.#lose(exchange);
      return;
    }
    exchanges.attempts[exchange] = (exchanges.attempts[exchange] as number) + 1;
    exchanges.state[exchange] = State.WORKED_ON;
    this.#send(exchange, next, now);
  }

  /** The first of the timeouts is that of a request that somebody still waits for. */
  get #isAwaited(): boolean {
    const { exchanges } = this.#parts;
    const { first, time } = this.#timeouts;
    const isSame = (exchanges.startedAt[first] as number) + this.#scenario.timeout === time;
    return isSame && exchanges.isLongPoll[first] === 0 && exchanges.state[first] !== State.GIVEN_UP;
  }

  #isMeasured(exchange: number): boolean {
    const { startedAt, isLongPoll } = this.#parts.exchanges;
    return (startedAt[exchange] as number) > this.#scenario.warmup && isLongPoll[exchange] === 0;
  }

  #admit(exchange: number, now: Millis): void {
    const { exchanges, probing, proxies, agenda } = this.#parts;
    const proxy = exchanges.proxy[exchange] as number;
    const { retries } = this.#scenario;
    if (retries) (proxies[proxy] as SimulatedProxy).budget.request(retries.budget, now);
    if (probing.plan.servers === 0) {
      this.#dispatch(exchange, now);
      return;
    }
    const isLong = probing.before(proxy, now);
    agenda.set(Source.PROBE, probing.time);
    (isLong ? this.#parkedLong : this.#parked).send(exchange, now);
    agenda.set(Source.PARKED, Math.min(this.#parked.time, this.#parkedLong.time));
  }

  #dispatch(exchange: number, now: Millis): void {
    const { exchanges, proxies, probing, tally, traffic, agenda } = this.#parts;
    const number = exchanges.proxy[exchange] as number;
    const key = exchanges.key[exchange] as number;
    const request = traffic.keys?.request(key) ?? NO_REQUEST;
    const decision = (proxies[number] as SimulatedProxy).decide(request, now);
    const { chosen } = decision;
    tally.decided(chosen ? chosen.slot : NOBODY, this.#isMeasured(exchange));
    if (probing.plan.perRequest > 0) {
      probing.beside(number, now);
      agenda.set(Source.PROBE, probing.time);
    }
    if (this.#scenario.retries) exchanges.keep(exchange, decision);
    if (chosen) this.#send(exchange, chosen, now);
    else this.#lose(exchange);
  }

  #send(exchange: number, server: Server, now: Millis): void {
    const { exchanges, proxies, send } = this.#parts;
    const proxy = proxies[exchanges.proxy[exchange] as number] as SimulatedProxy;
    exchanges.done[exchange] = proxy.board.begin(server, now);
    send(exchange, server.slot, now);
  }

  /** Where a request goes that has failed, if it may go anywhere (as in the engine). */
  #next(exchange: number, unsent: boolean, now: Millis): Server | undefined {
    const { exchanges, proxies } = this.#parts;
    const { retries } = this.#scenario;
    if (!retries || (exchanges.attempts[exchange] as number) >= retries.attempts) return undefined;
    const server = exchanges.next(exchange);
    const { budget } = proxies[exchanges.proxy[exchange] as number] as SimulatedProxy;
    return server && (unsent || budget.take(now)) ? server : undefined;
  }

  #lose(exchange: number): void {
    if (this.#isMeasured(exchange)) {
      this.#open -= 1;
      this.#parts.tally.failed();
    }
    this.#parts.exchanges.close(exchange);
  }

  #giveUp(exchange: number, now: Millis): void {
    const { exchanges, tally } = this.#parts;
    exchanges.done[exchange]?.(TOO_LATE, now);
    exchanges.state[exchange] = State.GIVEN_UP;
    if (!this.#isMeasured(exchange)) return;
    this.#open -= 1;
    tally.late(this.#scenario.timeout);
  }
}
