import type { Choice } from '../core/choose.ts';
import type { Millis, Outcome, RequestView, Server } from '../core/types.ts';
import { createDoor, type Door, type DoorParts, type FinishedExchange } from '../middleware/door.ts';
import type { Additions } from '../proxy/settings.ts';
import { DECISION_FIELD } from './decisions/decision-field.ts';
import { type Asking, DecisionLog } from './decisions/decisions.ts';
import { currentDoorSettings } from './door-settings.ts';
import type { Refusals } from './events/refusals.ts';
import { withDoorRules } from './hosts/door-rules.ts';
import type { Instance } from './instance.ts';
import { certificatesOf } from './listeners/certificates.ts';
import { LoadReports } from './load-reports.ts';
import { countedTraffic } from './metrics/counted-traffic.ts';
import { createMetrics, type Metrics } from './metrics/metrics.ts';
import { type MeasuredFleet, NO_FLEET } from './metrics/metrics-backends.ts';
import { crowdedText } from './metrics/metrics-names.ts';
import type { TrafficSnapshot } from './metrics/traffic-counts.ts';
import { type AddedTo, ownAdditions } from './own-additions.ts';
import type { RunClock } from './run-clock.ts';
import { NO_LOAD, type PlaneLoad } from './series/plane-load.ts';
import { trafficView } from './series/series-view.ts';
import { shadowViews } from './shadow/shadow-views.ts';
import { chooseTimed } from './timed-choice.ts';
import { Tracing } from './tracing/tracing.ts';
import { type ConnectionsOf, nodeViews, serverViews, type ViewClock } from './views/server-views.ts';
import type {
  DecisionView,
  KeptDecisions,
  KeptKind,
  NodeView,
  ServerView,
  ShadowView,
  TrafficView,
} from './views/views.ts';

export interface TrafficParts {
  readonly instance: Instance;
  readonly clock: RunClock;
  readonly refusals: Refusals;
  readonly version: string;
}

/** Joins a running instance with the door that forwards, and tells metrics and the decision log how it went. */
export class Traffic {
  readonly metrics: Metrics;
  /** To be started before requests are taken. */
  readonly tracing: Tracing;
  /** What servers say of their load with their answers. */
  readonly loadReports: LoadReports;
  readonly #instance: Instance;
  readonly #clock: RunClock;
  readonly #decisions: DecisionLog;
  #onReload: () => void = () => undefined;
  #onChoice: ((choice: Choice) => void) | undefined = undefined;
  #onEnd: ((server: Server, outcome: Outcome) => void) | undefined = undefined;
  #load: () => PlaneLoad = () => NO_LOAD;
  #fleet: MeasuredFleet = NO_FLEET;
  readonly #startedAt: number;
  #connections: ConnectionsOf | undefined = undefined;

  constructor({ instance, clock, refusals, version }: TrafficParts) {
    this.#instance = instance;
    this.#clock = clock;
    this.#decisions = new DecisionLog(clock);
    this.#startedAt = clock.wallClock();
    this.tracing = new Tracing({
      config: () => instance.model.config,
      epochOffset: clock.epochOffset,
      version,
    });
    this.loadReports = new LoadReports({
      board: instance.board,
      now: clock.now,
      refused: (refusal, { id }) => refusals.add(refusal, `http ${id}`, clock.wallClock()),
    });
    this.metrics = createMetrics({
      servers: () => this.servers(),
      nodes: () => this.nodes(),
      traffic: () => countedTraffic(this.counts()),
      refusals: () => refusals.list(),
      certificates: () => certificatesOf(instance.model.config),
      clients: () => this.#load().clients,
      fleet: () => this.#fleet,
      crowded: (pool) => instance.events.add('metrics_crowded', crowdedText(pool), 'warn'),
      proxies: () => instance.board.proxies,
      version,
    });
    instance.onReload((ok) => {
      this.metrics.reloaded(ok);
      this.#onReload();
    });
  }

  /** A door for an application's own server; one for each traffic. */
  openDoor(): Door {
    const { now, wallClock } = this.#clock;
    const parts: DoorParts = {
      choose: (request) => this.choose(request, now()),
      chooseExplained: (request) => this.choose(request, now(), true),
      decisionField: (exchange) => this.#decisions.fieldOf(exchange),
      begin: (server) => this.#begin(server),
      loadReport: (server, format, text) => this.loadReports.hear(server, format, text),
      now,
      epochMs: wallClock,
      settings: currentDoorSettings(this.#instance, this.tracing),
      finished: (exchange) => this.finished(exchange),
    };
    const door = createDoor(withDoorRules(this.#instance.rules, parts));
    this.follow(() =>
      door.retain(this.#instance.board.pools().flatMap(({ servers }) => servers.map(({ url }) => url))),
    );
    this.countLoad(() => ({ ...NO_LOAD, inFlight: door.open }));
    return door;
  }

  /** Calls back whenever the servers of the configuration may have changed. */
  follow(changed: () => void): void {
    this.#onReload = changed;
  }

  /** Calls back with each decision. */
  hearChoices(heard: (choice: Choice) => void): void {
    this.#onChoice = heard;
  }

  /** Calls back with the end of each request that went through the door. */
  hearEnds(heard: (server: Server, outcome: Outcome) => void): void {
    this.#onEnd = heard;
  }

  /** Says how to count connections to a server; undefined for one that was never asked for one. */
  countConnections(of: ConnectionsOf): void {
    this.#connections = of;
  }

  /** Says how to count what is under way. */
  countLoad(load: () => PlaneLoad): void {
    this.#load = load;
  }

  /** Says what is learnt from others. */
  countFleet(fleet: MeasuredFleet): void {
    this.#fleet = fleet;
  }

  servers(): readonly ServerView[] {
    return serverViews(
      this.#instance.board,
      this.#instance.counts.shares,
      this.#viewClock(),
      this.#connections,
    );
  }

  nodes(): readonly NodeView[] {
    return nodeViews(this.#instance.board, this.#viewClock());
  }

  shadows(): readonly ShadowView[] {
    return shadowViews(this.#instance.counts.shadows.take());
  }

  /** What was counted so far. */
  counts(): TrafficSnapshot {
    return this.#instance.counts.take(this.#clock.now());
  }

  /** The seconds of the last minute. */
  lastMinute(): TrafficView {
    const moment = { now: this.#clock.wallClock(), since: this.#startedAt, late: 0 };
    return trafficView(this.#instance.counts.series.take(), this.#load(), moment);
  }

  keptDecisions(kind: KeptKind, newest: number): KeptDecisions {
    return this.#decisions.kept(kind, newest);
  }

  decisions(newest: number): readonly DecisionView[] {
    return this.#decisions.newest(newest);
  }

  close(): void {
    this.loadReports.close();
    this.metrics.close();
  }

  #viewClock(): ViewClock {
    return { now: this.#clock.now(), epochOffset: this.#clock.epochOffset() };
  }

  choose(
    request: RequestView & Asking,
    now: Millis,
    wantsExplanation = request.wantsExplanation === true,
  ): Choice | undefined {
    const choice = chooseTimed(this.#instance, request, now, this.#clock);
    if (choice) {
      this.#decisions.sample(choice, wantsExplanation);
      this.#onChoice?.(choice);
    }
    return choice;
  }

  #begin(server: Server): (outcome: Outcome) => void {
    const { now } = this.#clock;
    const done = this.#instance.begin(server, now());
    return (outcome) => {
      done(outcome, now());
      this.#instance.counts.ended(server, outcome);
      this.#onEnd?.(server, outcome);
    };
  }

  /** The field that a request gets its decision in, if it was asked for, and what its server needs. */
  additions(exchange: AddedTo & Asking, server?: Server): Additions | undefined {
    const more = ownAdditions(this.#instance.rules, exchange, server);
    if (exchange.wantsExplanation !== true) return more;
    const field = this.#decisions.fieldOf(exchange);
    if (field === undefined) return more;
    return {
      request: more?.request ?? '',
      response: `${more?.response ?? ''}${DECISION_FIELD}: ${field}\r\n`,
    };
  }

  finished(exchange: FinishedExchange): void {
    exchange.trace?.ended?.(exchange);
    this.#decisions.ended(exchange);
    this.#instance.counts.finished(exchange);
    this.#instance.recording.finished(exchange);
  }
}
