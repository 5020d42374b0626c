import type { ConfigSource } from '../config/read.ts';
import type { Config } from '../config/schema/schema.ts';
import type { Heartbeat } from '../script/heartbeat.ts';
import { chooseTransport } from '../transport/choose-transport.ts';
import type { PageHandler } from './admin/admin.ts';
import { DataPlane } from './data-plane.ts';
import { Refusals } from './events/refusals.ts';
import { Fleet } from './fleet/fleet.ts';
import type { HandFault, HandOrder } from './hands.ts';
import { hearSigns } from './health/signs.ts';
import { Instance } from './instance.ts';
import { instanceParts } from './instance-parts.ts';
import { ExpiryWatch } from './listeners/expiry-watch.ts';
import { type HeldFds, heldOr } from './listeners/held-fds.ts';
import { TicketKeyRotation } from './listeners/ticket-key-rotation.ts';
import type { Log } from './logs/log.ts';
import { Trace } from './logs/trace.ts';
import { OperatorDoors } from './operator-doors.ts';
import type { StuckFunction } from './process/stuck.ts';
import { readinessOf } from './readiness.ts';
import { processClock } from './run-clock.ts';
import { setAndShow } from './set-and-show.ts';
import { ShadowWatch } from './shadow/shadow-watch.ts';
import { Traffic } from './traffic.ts';
import type { AdminParts, ReloadResult, ServerView } from './views/views.ts';

export interface ForehandOptions {
  readonly source: ConfigSource;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  /** Switched at run time through the admin API. Without it there is one over `log`, switched off. */
  readonly trace?: Trace;
  readonly version: string;
  /** The status page; without it the admin listener has the API alone. */
  readonly page: PageHandler;
  readonly watch: boolean;
  readonly heartbeat: Heartbeat;
  readonly held?: HeldFds;
  readonly stuck?: readonly StuckFunction[];
  /** It accepts no more connections: whoever holds the sockets, too, is to let go of them, so that clients are refused. */
  readonly onDeaf?: () => void;
  /** Somebody who may do so wants the whole program to end; left out where that is not for it to decide. */
  readonly onQuit?: () => void;
}

/** A proxy that serves: listeners, admin, receivers of reports, round one instance. */
export class Forehand {
  readonly instance: Instance;
  readonly traffic: Traffic;
  readonly refusals = new Refusals();
  readonly trace: Trace;
  readonly #options: ForehandOptions;
  readonly #startedAt = processClock.wallClock();
  #fleet: Fleet | undefined = undefined;
  #doors: OperatorDoors | undefined = undefined;
  #draining = false;
  #plane: DataPlane | undefined = undefined;
  /** What is done by the clock. */
  #timed: readonly { close(): void }[] = [];

  private constructor(options: ForehandOptions, instance: Instance, trace: Trace) {
    this.#options = options;
    this.trace = trace;
    this.instance = instance;
    this.traffic = new Traffic({
      instance,
      clock: processClock,
      refusals: this.refusals,
      version: options.version,
    });
  }

  /** Loads the configuration and listens everywhere it says. Leaves nothing open if any of it fails. */
  static async start(options: ForehandOptions): Promise<Forehand> {
    const { source, env, log, watch, heartbeat, stuck = [] } = options;
    const seed = Math.floor(Math.random() * 2 ** 32);
    const trace = options.trace ?? new Trace(log, processClock.now);
    const instance = await Instance.start({
      source,
      env,
      log,
      trace,
      clock: processClock,
      seed,
      watch,
      heartbeat,
      stuck,
      recordsTo: (file) => file,
    });
    const forehand = new Forehand(options, instance, trace);
    try {
      await forehand.#listen();
    } catch (thrown) {
      await forehand.close();
      throw thrown;
    }
    return forehand;
  }

  /** Where clients can connect, as people write it. */
  get addresses(): readonly string[] {
    return this.#plane?.addresses ?? [];
  }

  get adminAddress(): string | undefined {
    return this.#doors?.address;
  }

  get adminUrl(): string | undefined {
    return this.#doors?.url;
  }

  get agentAddresses(): readonly string[] {
    return this.#fleet?.health().map(({ detail }) => detail) ?? [];
  }

  reload(source?: ConfigSource): Promise<ReloadResult> {
    return this.instance.reload(source);
  }

  /** Sets the state or weight of a server by hand. */
  async setServer(order: HandOrder): Promise<ServerView | HandFault> {
    if (!this.#fleet) throw new TypeError('the proxy does not serve yet');
    return setAndShow(this.#fleet.hands, () => this.traffic.servers(), order);
  }

  /**
   * Ends as promised to clients: says not ready, waits `shutdown.delay`, accepts no more, lets exchanges finish for up
   * to `shutdown.grace`. Resolves with false if some had to be cut.
   */
  async drain(): Promise<boolean> {
    const { delay, grace } = this.instance.model.config.shutdown;
    this.#draining = true;
    await new Promise((resolve) => setTimeout(resolve, delay));
    this.#plane?.stopListening();
    this.#options.onDeaf?.();
    const clean = (await this.#plane?.engine.drain(grace)) ?? true;
    await this.close();
    return clean;
  }

  /** Closes everything now. */
  async close(): Promise<void> {
    await this.#fleet?.close();
    for (const one of this.#timed) one.close();
    this.#plane?.close();
    await this.#plane?.requests.close();
    this.traffic.close();
    await this.#doors?.close();
    await this.instance.close();
  }

  async #listen(): Promise<void> {
    const { instance, refusals, trace } = this;
    const { config } = instance.model;
    const { held, page, log, onQuit } = this.#options;
    await this.traffic.tracing.start();
    const plane = await this.#openPlane(config);
    this.#startTimers(plane);
    const fleet = await Fleet.open({ instance, refusals, trace, held });
    this.#fleet = fleet;
    hearSigns(plane, instance.board, (sign) => fleet.watch.hear(sign));
    this.traffic.countFleet(fleet);
    for (const [i, listener] of config.listen.entries())
      await plane.listen(heldOr(held, `listen ${i}`, listener.address), listener);
    this.#doors = await OperatorDoors.open({ parts: this.#adminParts(), page, held, log, instance, onQuit });
  }

  async #openPlane(config: Config): Promise<DataPlane> {
    const { log, env } = this.#options;
    const { transport, reason } = await chooseTransport(config.transport, env['FOREHAND_TRANSPORT']);
    log.info(`transport ${transport.name}: ${reason}`);
    const { instance, traffic } = this;
    this.#plane = new DataPlane({
      instance,
      traffic,
      transport,
      clock: processClock,
      log,
      trace: this.trace,
    });
    return this.#plane;
  }

  #startTimers(plane: DataPlane): void {
    const { events } = this.instance;
    this.#timed = [
      new TicketKeyRotation((keys) => plane.setTicketKeys(keys)),
      new ExpiryWatch(() => this.instance.model.config, events, processClock.wallClock),
      new ShadowWatch(() => this.traffic.shadows(), events),
    ];
  }

  /** Opens log files anew, once they were moved away. */
  async reopenLogs(): Promise<void> {
    await Promise.all([this.#plane?.requests.reopen(), this.instance.events.reopen()]);
  }

  /** Requests and tunnels under way. */
  get open(): number {
    return this.#plane?.engine.open ?? 0;
  }

  /** What there is to know, for a person who looks for a fault. */
  async dump(): Promise<object> {
    return {
      servers: this.traffic.servers(),
      chains: this.instance.counts.chains.list(),
      refusals: this.refusals.list(),
      senders: this.refusals.senders(),
      open: this.open,
      memory: process.memoryUsage(),
    };
  }

  #adminParts(): AdminParts {
    const { instance, traffic, refusals } = this;
    return {
      ...instanceParts(instance, traffic, () => this.#fleet?.watch.watched() ?? (() => undefined)),
      servers: () => traffic.servers(),
      nodes: () => traffic.nodes(),
      refusals: () => refusals.list(),
      senders: () => refusals.senders(),
      setServer: (order) => this.setServer(order),
      discovered: () => this.#fleet?.discovered() ?? [],
      chains: () => instance.counts.chains.list(),
      shadows: () => traffic.shadows(),
      traffic: () => traffic.lastMinute(),
      decisions: (newest) => traffic.decisions(newest),
      keptDecisions: (kind, newest) => traffic.keptDecisions(kind, newest),
      readiness: () =>
        readinessOf({
          servers: traffic.servers(),
          hasPools: instance.board.pools().length > 0,
          isDraining: this.#draining,
        }),
      explain: (question) => instance.explain(question),
      accessLog: () => this.#plane?.requests.view(),
      trace: this.trace,
      metrics: () => traffic.metrics.text(),
      version: this.#options.version,
      startedAt: this.#startedAt,
    };
  }
}
