import type { Millis } from '../core/types.ts';
import { Agenda } from './agenda.ts';
import { DelayLine } from './delay-line.ts';
import { decisionSeed, type Streams, streamsOf } from './draws.ts';
import { Exchanges } from './exchanges.ts';
import { Measuring, type Sent } from './measuring.ts';
import type { Policy } from './policy.ts';
import { Probing } from './probing.ts';
import { ProxySide } from './proxy-side.ts';
import { offTime, type Scenario } from './scenario.ts';
import { Script } from './script.ts';
import { ServerSide } from './server-side.ts';
import { ServiceTimes } from './service-times.ts';
import { SimulatedProxy, specsOf } from './simulated-proxy.ts';
import { makeServers, type SimulatedServer } from './simulated-server.ts';
import { Source } from './sources.ts';
import type { Tally } from './tally.ts';
import { Traffic } from './traffic.ts';

/** How often a proxy has its board forget (as in production). */
const LAPSE_EVERY: Millis = 1000;

interface SimulationParts {
  readonly seed: number;
  readonly tally: Tally;
  readonly onFault: (link: string, message: string) => void;
}

/** One run: servers, proxies, and what happens between them, event by event. */
export class Simulation {
  readonly #scenario: Scenario;
  readonly #streams: Streams;
  readonly #agenda: Agenda;
  readonly #servers: readonly SimulatedServer[];
  readonly #proxies: readonly SimulatedProxy[];
  readonly #traffic: Traffic;
  readonly #measuring: Measuring;
  readonly #reports: DelayLine<Sent | undefined>;
  readonly #script: Script;
  readonly #proxySide: ProxySide;
  readonly #serverSide: ServerSide;

  constructor(scenario: Scenario, policy: Policy, { seed, tally, onFault }: SimulationParts) {
    const { servers, proxies, reports } = scenario;
    this.#scenario = scenario;
    this.#streams = streamsOf(seed);
    this.#agenda = new Agenda(Source.FIRST_SERVER + 3 * servers.count);
    this.#servers = makeServers(servers);
    const specs = specsOf(servers.count);
    this.#proxies = Array.from({ length: proxies.count }, (_, i) => {
      return new SimulatedProxy({
        specs,
        policy,
        proxies: proxies.count,
        seed: decisionSeed(seed, i),
        onFault,
      });
    });
    this.#traffic = new Traffic(scenario, this.#streams);
    const times = new ServiceTimes(servers.count);
    this.#measuring = new Measuring(scenario, times, this.#streams.noise);
    const probing = new Probing(scenario, policy.probe, {
      draws: this.#streams.probes,
      measuring: this.#measuring,
      servers: this.#servers,
    });
    this.#reports = new DelayLine<Sent | undefined>(reports.delay, undefined);
    this.#script = new Script(scenario, this.#servers);
    const exchanges = new Exchanges();
    this.#proxySide = new ProxySide(scenario, {
      agenda: this.#agenda,
      proxies: this.#proxies,
      exchanges,
      measuring: this.#measuring,
      probing,
      traffic: this.#traffic,
      tally,
      answers: policy.answers,
      send: (exchange, server, now) =>
        this.#serverSide.take(exchange, this.#servers[server] as SimulatedServer, now),
    });
    this.#serverSide = new ServerSide(scenario, {
      agenda: this.#agenda,
      servers: this.#servers,
      exchanges,
      times,
      ends: this.#proxySide,
    });
  }

  /**
   * Lets everything happen, until the last measured request has ended. Throws if one is still under way when even the
   * last that came must have timed out: a fault of the simulator, which would go on for ever.
   */
  run(): void {
    const agenda = this.#agenda;
    this.#begin();
    const { duration, timeout, name = 'scenario' } = this.#scenario;
    while (agenda.time <= duration) this.#step(agenda.next, agenda.time);
    while (this.#proxySide.isOpen) {
      if (agenda.time > duration + timeout)
        throw new TypeError(
          `${name}: a request is under way ${timeout} ms after the last one came, its timeout`,
        );
      this.#step(agenda.next, agenda.time);
    }
  }

  #begin(): void {
    const { world } = this.#streams;
    const { reports, antagonists } = this.#scenario;
    for (const server of this.#servers) {
      this.#agenda.set(this.#reporting(server), world.uniform() * reports.every);
      if (!antagonists) continue;
      const { on, speed } = antagonists;
      const off = offTime(antagonists);
      const isDisturbed = world.uniform() < on / (on + off);
      if (isDisturbed) server.left = speed;
      this.#agenda.set(this.#disturbing(server), world.exponential(isDisturbed ? on : off));
    }
    this.#agenda.set(Source.LAPSE, LAPSE_EVERY);
    this.#agenda.set(Source.SCRIPT, this.#script.time);
    this.#agenda.set(Source.ARRIVAL, this.#traffic.gap());
  }

  #step(source: number, now: Millis): void {
    if (source >= Source.FIRST_SERVER) {
      this.#serverActs(source - Source.FIRST_SERVER, now);
      return;
    }
    switch (source) {
      case Source.ARRIVAL:
        this.#arrive(now);
        return;
      case Source.PROBE:
        this.#proxySide.deliverProbes(now);
        return;
      case Source.REPORT:
        this.#hear(now);
        return;
      case Source.SCRIPT:
        this.#script.act(this.#serverSide);
        this.#agenda.set(Source.SCRIPT, this.#script.time);
        return;
      case Source.LAPSE:
        for (const { board } of this.#proxies) board.lapse(now);
        this.#agenda.set(Source.LAPSE, now + LAPSE_EVERY);
        return;
      case Source.TIMEOUT:
        this.#proxySide.timeOut(now);
        return;
      case Source.QUICK:
        this.#serverSide.endQuick(now);
        return;
      case Source.HELD:
        this.#serverSide.endHeld(now);
        return;
      case Source.PARKED:
        this.#proxySide.unpark(now);
        return;
    }
  }

  #serverActs(place: number, now: Millis): void {
    const { count } = this.#scenario.servers;
    const server = this.#servers[place % count] as SimulatedServer;
    if (place < count) this.#serverSide.finish(server, now);
    else if (place < 2 * count) this.#report(server, now);
    else this.#disturb(server, now);
  }

  #arrive(now: Millis): void {
    const next = now + this.#traffic.gap();
    this.#agenda.set(Source.ARRIVAL, next < this.#scenario.duration ? next : Number.POSITIVE_INFINITY);
    this.#proxySide.arrive(now);
  }

  #reporting({ index }: SimulatedServer): number {
    return Source.FIRST_SERVER + this.#servers.length + index;
  }

  #disturbing({ index }: SimulatedServer): number {
    return Source.FIRST_SERVER + 2 * this.#servers.length + index;
  }

  #report(server: SimulatedServer, now: Millis): void {
    this.#agenda.set(this.#reporting(server), now + this.#scenario.reports.every);
    if (server.isDown) return;
    this.#reports.send(this.#measuring.report(server, now), now);
    this.#agenda.set(Source.REPORT, this.#reports.time);
  }

  #hear(now: Millis): void {
    const sent = this.#reports.take();
    this.#agenda.set(Source.REPORT, this.#reports.time);
    if (!sent) return;
    const { report, source, refusal } = sent;
    for (const proxy of this.#proxies) {
      if (refusal) proxy.board.refuse(report, refusal);
      else proxy.hear(report, source, now);
    }
  }

  #disturb(server: SimulatedServer, now: Millis): void {
    const { antagonists } = this.#scenario;
    if (!antagonists) return;
    const wasDisturbed = server.left < 1;
    server.advance(now);
    server.left = wasDisturbed ? 1 : antagonists.speed;
    const lasts = this.#streams.world.exponential(wasDisturbed ? offTime(antagonists) : antagonists.on);
    this.#agenda.set(this.#disturbing(server), now + lasts);
    this.#serverSide.settle(server);
  }
}
