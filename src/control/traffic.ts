import type { Config } from '../config/schema.ts';
import { parseAddressRule } from '../core/accept.ts';
import type { Choice } from '../core/choose.ts';
import type { Millis, Outcome, RequestView, Server } from '../core/types.ts';
import { createDoor, type Door, type DoorSettings, type FinishedExchange } from '../middleware/door.ts';
import type { Additions } from '../proxy/settings.ts';
import { certificatesOf } from './certificates.ts';
import { DECISION_FIELD } from './decisions/decision-field.ts';
import { type Asking, DecisionLog } from './decisions/decisions.ts';
import { explainCheck } from './decisions/explain-token.ts';
import type { Instance } from './instance.ts';
import { LoadReports } from './load-reports.ts';
import { createMetrics, type Metrics } from './metrics/metrics.ts';
import type { Refusals } from './refusals.ts';
import type { RunClock } from './run-clock.ts';
import { type ConnectionsOf, nodeViews, serverViews, type ViewClock } from './server-views.ts';
import { shadowViews } from './shadow/shadow-views.ts';
import type { DecisionView, KeptDecisions, KeptKind, NodeView, ServerView, ShadowView } from './views.ts';

const settingsOf = ({
  timeouts,
  trustedProxies,
  retry,
  limits,
  exposeServer,
  explain,
}: Config): DoorSettings => ({
  timeouts,
  trustedProxies: trustedProxies.flatMap((text) => parseAddressRule(text) ?? []),
  retry,
  inFlight: limits.inFlight,
  exposeServer,
  explains: explainCheck(explain),
  ...(limits.bodyBytes === undefined ? {} : { bodyBytes: limits.bodyBytes }),
});

export interface TrafficParts {
  readonly instance: Instance;
  readonly clock: RunClock;
  readonly refusals: Refusals;
  readonly version: string;
}

/** Joins a running instance with the door that forwards, and tells metrics and the decision log how it went. */
export class Traffic {
  readonly metrics: Metrics;
  /** What servers say of their load with their answers. */
  readonly loadReports: LoadReports;
  readonly #instance: Instance;
  readonly #clock: RunClock;
  readonly #decisions: DecisionLog;
  #onReload: () => void = () => undefined;
  #onChoice: ((choice: Choice) => void) | undefined = undefined;
  #open: () => number = () => 0;
  #connections: ConnectionsOf | undefined = undefined;
  #settings: { readonly config: Config; readonly settings: DoorSettings } | undefined = undefined;

  constructor({ instance, clock, refusals, version }: TrafficParts) {
    this.#instance = instance;
    this.#clock = clock;
    this.#decisions = new DecisionLog(clock);
    this.loadReports = new LoadReports({
      board: instance.board,
      now: clock.now,
      refused: (refusal, { id }) => refusals.add(refusal, `http ${id}`, clock.wallClock()),
    });
    this.metrics = createMetrics({
      servers: () => this.servers(),
      nodes: () => this.nodes(),
      pools: () => instance.counts.take(clock.now()).pools,
      chains: () => instance.counts.chains.list(),
      shadows: () => this.shadows(),
      refusals: () => refusals.list(),
      certificates: () => certificatesOf(instance.model.config),
      openConnections: () => this.#open(),
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
    const door = createDoor({
      choose: (request) => this.choose(request, now()),
      chooseExplained: (request) => this.choose(request, now(), true),
      decisionField: (exchange) => this.#decisions.fieldOf(exchange),
      begin: (server) => this.#begin(server),
      loadReport: (server, format, text) => this.loadReports.hear(server, format, text),
      now,
      epochMs: wallClock,
      settings: () => this.#currentSettings(),
      finished: (exchange) => this.finished(exchange),
    });
    this.follow(() =>
      door.retain(this.#instance.board.pools().flatMap(({ servers }) => servers.map(({ url }) => url))),
    );
    this.#open = () => door.open;
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

  /** Says how to count connections to a server; undefined for one that was never asked for one. */
  countConnections(of: ConnectionsOf): void {
    this.#connections = of;
  }

  /** Says how to count connections that are open. */
  countOpen(open: () => number): void {
    this.#open = open;
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

  #currentSettings(): DoorSettings {
    const { config } = this.#instance.model;
    if (this.#settings?.config !== config) this.#settings = { config, settings: settingsOf(config) };
    return this.#settings.settings;
  }

  choose(
    request: RequestView & Asking,
    now: Millis,
    wantsExplanation = request.wantsExplanation === true,
  ): Choice | undefined {
    const choice = this.#instance.choose(request, now);
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
    };
  }

  /** The field that a request gets its decision in, if it was asked for. */
  additions(exchange: FinishedExchange & Asking): Additions | undefined {
    if (exchange.wantsExplanation !== true) return undefined;
    const field = this.#decisions.fieldOf(exchange);
    return field === undefined ? undefined : { request: '', response: `${DECISION_FIELD}: ${field}\r\n` };
  }

  finished(exchange: FinishedExchange): void {
    this.#decisions.ended(exchange);
    this.#instance.counts.finished(exchange);
    this.#instance.recording.finished(exchange);
  }
}
