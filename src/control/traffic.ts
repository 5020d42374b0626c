import type { Config } from '../config/schema.ts';
import { parseAddressRule } from '../core/accept.ts';
import type { Choice } from '../core/choose.ts';
import type { Decision } from '../core/decide.ts';
import type { RequestView, Server } from '../core/types.ts';
import { createDoor, type Door, type DoorSettings, type FinishedExchange } from '../middleware/door.ts';
import { DecisionLog } from './decisions.ts';
import type { Instance } from './instance.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import type { Refusals } from './refusals.ts';
import type { RunClock } from './run-clock.ts';
import { nodeViews, serverViews, type ViewClock } from './server-views.ts';
import type { DecisionView, NodeView, ServerView } from './views.ts';

const settingsOf = ({ timeouts, trustedProxies, retry, limits, exposeServer }: Config): DoorSettings => ({
  timeouts,
  trustedProxies: trustedProxies.flatMap((text) => parseAddressRule(text) ?? []),
  retry,
  inFlight: limits.inFlight,
  exposeServer,
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
  readonly door: Door;
  readonly metrics: Metrics;
  readonly #instance: Instance;
  readonly #clock: RunClock;
  readonly #decisions: DecisionLog;
  readonly #sampled = new WeakMap<Decision, (outcome: NonNullable<DecisionView['outcome']>) => void>();
  #settings: { readonly config: Config; readonly settings: DoorSettings } | undefined = undefined;

  constructor({ instance, clock, refusals, version }: TrafficParts) {
    this.#instance = instance;
    this.#clock = clock;
    this.#decisions = new DecisionLog(clock.now, clock.wallClock);
    this.metrics = createMetrics({
      servers: () => this.servers(),
      nodes: () => this.nodes(),
      chains: () => instance.counts.list(),
      refusals: () => refusals.list(),
      openConnections: () => this.door.open,
      version,
    });
    instance.onReload((ok) => {
      this.metrics.reloaded(ok);
      this.door.retain(instance.board.pools().flatMap(({ servers }) => servers.map(({ url }) => url)));
    });
    this.door = createDoor({
      choose: (request) => this.#choose(request),
      begin: (server) => this.#begin(server),
      now: clock.now,
      epochMs: clock.wallClock,
      settings: () => this.#currentSettings(),
      finished: (exchange) => this.#finished(exchange),
    });
  }

  servers(): readonly ServerView[] {
    return serverViews(this.#instance.board, this.#instance.shares, this.#viewClock());
  }

  nodes(): readonly NodeView[] {
    return nodeViews(this.#instance.board, this.#viewClock());
  }

  decisions(newest: number): readonly DecisionView[] {
    return this.#decisions.newest(newest);
  }

  async close(): Promise<void> {
    await this.door.close();
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

  #choose(request: RequestView): Choice | undefined {
    const choice = this.#instance.choose(request);
    const tell = choice && this.#decisions.sample(choice);
    if (tell) this.#sampled.set(choice.decision, tell);
    return choice;
  }

  #begin(server: Server): ReturnType<Instance['begin']> {
    const done = this.#instance.begin(server);
    return (outcome) => {
      done(outcome);
      const failed = outcome.kind === 'failed' && outcome.side === 'server';
      if (failed && outcome.reason.startsWith('connect'))
        this.metrics.connectError(server.pool, server.id, outcome.reason);
    };
  }

  #finished(exchange: FinishedExchange): void {
    const { decision, duration, firstByte, status, termination, attempts } = exchange;
    if (decision) this.#sampled.get(decision)?.({ status, termination, durationMs: duration, attempts });
    if (termination === 'no_server' && exchange.pool) this.metrics.noServer(exchange.pool);
    this.metrics.finished({
      listener: 'main',
      pool: exchange.pool,
      server: exchange.server,
      method: exchange.method,
      status,
      durationMs: duration,
      attempts,
      termination,
      ...(firstByte === undefined ? {} : { firstByteMs: firstByte }),
      ...(exchange.bytesIn === undefined ? {} : { bytesIn: exchange.bytesIn }),
      ...(exchange.bytesOut === undefined ? {} : { bytesOut: exchange.bytesOut }),
    });
  }
}
