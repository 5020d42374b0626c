import type { Millis, Stats } from '../core/types.ts';
import { DelayLine } from './delay-line.ts';
import type { Draws } from './draws.ts';
import type { Measuring } from './measuring.ts';
import type { ProbePlan } from './policy.ts';
import type { Scenario } from './scenario.ts';
import type { SimulatedProxy } from './simulated-proxy.ts';
import type { SimulatedServer } from './simulated-server.ts';

/** The answer to a probe, on its way back. */
interface ProbeAnswer {
  readonly proxy: number;
  readonly server: number;
  /** Undefined if nobody can read it. */
  readonly stats: Stats | undefined;
}

const NONE: ProbeAnswer = { proxy: 0, server: 0, stats: undefined };

/** What is asked of servers besides their work. It costs them nothing. */
export class Probing {
  readonly plan: ProbePlan;
  readonly #roundTrip: Millis;
  readonly #loss: number;
  readonly #draws: Draws;
  readonly #measuring: Measuring;
  readonly #servers: readonly SimulatedServer[];
  readonly #answers: DelayLine<ProbeAnswer>;
  /** By proxy: the part of a probe that is still owed. */
  readonly #owed: Float64Array;
  readonly #asked: number[] = [];

  constructor(
    { probes, proxies }: Scenario,
    plan: ProbePlan,
    parts: {
      readonly draws: Draws;
      readonly measuring: Measuring;
      readonly servers: readonly SimulatedServer[];
    },
  ) {
    this.plan = plan;
    this.#roundTrip = probes.roundTrip;
    this.#loss = probes.loss;
    this.#draws = parts.draws;
    this.#measuring = parts.measuring;
    this.#servers = parts.servers;
    this.#answers = new DelayLine(probes.roundTrip, NONE);
    this.#owed = new Float64Array(proxies.count);
  }

  /** When the next answer is here; Infinity if none is under way. */
  get time(): Millis {
    return this.#answers.time;
  }

  /** Asks beside a request. */
  beside(proxy: number, now: Millis): void {
    const owed = (this.#owed[proxy] as number) + this.plan.perRequest;
    const count = Math.floor(owed);
    this.#owed[proxy] = owed - count;
    if (count > 0) this.ask(proxy, count, now);
  }

  /**
   * Asks before a request: whether it waits for the whole of `wait`. It goes on when all but one of the answers are here,
   * as in the engine.
   */
  before(proxy: number, now: Millis): boolean {
    const { servers, wait } = this.plan;
    return this.ask(proxy, servers, now) < servers - 1 || this.#roundTrip > wait;
  }

  /** Asks so many servers, each with the same chance and no two the same. Says how many will answer. */
  ask(proxy: number, count: number, now: Millis): number {
    const asked = this.#asked;
    asked.length = 0;
    let answers = 0;
    while (asked.length < Math.min(count, this.#servers.length)) {
      const server = this.#draws.below(this.#servers.length);
      if (asked.includes(server)) continue;
      asked.push(server);
      if (this.#send(proxy, this.#servers[server] as SimulatedServer, now)) answers += 1;
    }
    return answers;
  }

  /** Hands out the first answer. There must be one. */
  deliver(proxies: readonly SimulatedProxy[], now: Millis): void {
    const { proxy, server, stats } = this.#answers.take();
    const receiver = proxies[proxy] as SimulatedProxy;
    if (stats) receiver.hearInBand(server, stats, 'probe', now);
    else receiver.refuseInBand(server);
  }

  #send(proxy: number, server: SimulatedServer, now: Millis): boolean {
    const isLost = this.#loss > 0 && this.#draws.uniform() < this.#loss;
    if (isLost || server.isDown) return false;
    server.advance(now);
    this.#answers.send({ proxy, server: server.index, stats: this.#measuring.inBand(server, now) }, now);
    return true;
  }
}
