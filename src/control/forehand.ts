import type { Server } from 'node:http';
import { type ListenAddress, parseListenAddress } from '../config/address.ts';
import type { ConfigSource } from '../config/read.ts';
import type { Config } from '../config/schema.ts';
import { messageOf } from '../core/errors.ts';
import type { Heartbeat } from '../script/heartbeat.ts';
import { createAdminHandler, createAdminServer, type PageHandler } from './admin.ts';
import { createFront } from './front.ts';
import { Instance } from './instance.ts';
import { type ListenTarget, listeningAt, listenOn } from './listening.ts';
import type { Log } from './log.ts';
import { Receivers, startReceivers } from './receivers.ts';
import { Refusals } from './refusals.ts';
import { processClock } from './run-clock.ts';
import type { StuckFunction } from './supervisor.ts';
import { Traffic } from './traffic.ts';
import type { AdminParts, Readiness, ReloadResult } from './views.ts';

/** Sockets that a parent process holds, by what they are for: `listen 0`, `admin`, `agents 0`. */
export type HeldFds = ReadonlyMap<string, number>;

export interface ForehandOptions {
  readonly source: ConfigSource;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  readonly version: string;
  /** The status page; without it the admin listener has the API alone. */
  readonly page: PageHandler;
  readonly watch: boolean;
  readonly heartbeat: Heartbeat;
  readonly held?: HeldFds;
  readonly stuck?: readonly StuckFunction[];
}

const NO_SOCKETS: HeldFds = new Map();
/** How often the end looks whether exchanges are still under way. */
const LOOK_EVERY_MS = 20;
/** Once nothing is under way, idle connections stay this long, so that clients see the close and not a reset. */
const LINGER_MS = 100;

const addressFrom = (text: string): ListenAddress => {
  const address = parseListenAddress(text);
  if (!address) throw new TypeError(`${JSON.stringify(text)} is not an address to listen at`);
  return address;
};

/** A proxy that serves: listeners, admin, receivers of reports, round one instance. */
export class Forehand {
  readonly instance: Instance;
  readonly traffic: Traffic;
  readonly refusals = new Refusals();
  readonly #options: ForehandOptions;
  readonly #receivers = new Receivers();
  readonly #fronts: Server[] = [];
  readonly #startedAt = processClock.wallClock();
  #admin: Server | undefined = undefined;
  /** The configuration as it was when the sockets were opened. */
  readonly #listening: Config;
  #draining = false;

  private constructor(options: ForehandOptions, instance: Instance) {
    this.#options = options;
    this.instance = instance;
    this.#listening = instance.model.config;
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
    const instance = await Instance.start({
      source,
      env,
      log,
      clock: processClock,
      seed,
      watch,
      heartbeat,
      stuck,
    });
    const forehand = new Forehand(options, instance);
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
    const { listen } = this.#listening;
    return this.#fronts.map((front, i) => listeningAt(front) || (listen[i] ?? ''));
  }

  get adminAddress(): string | undefined {
    const { admin } = this.#listening;
    return this.#admin && (listeningAt(this.#admin) || String(admin));
  }

  get agentAddresses(): readonly string[] {
    return this.#receivers.health().map(({ detail }) => detail);
  }

  reload(source?: ConfigSource): Promise<ReloadResult> {
    return this.instance.reload(source);
  }

  /**
   * Ends as promised to clients: says not ready, waits `shutdown.delay`, accepts no more, lets exchanges finish for up
   * to `shutdown.grace`. Resolves with false if some had to be cut.
   */
  async drain(): Promise<boolean> {
    const { delay, grace } = this.instance.model.config.shutdown;
    this.#draining = true;
    await new Promise((resolve) => setTimeout(resolve, delay));
    for (const front of this.#fronts) front.close();
    const patience = processClock.now() + grace;
    while (this.traffic.door.open > 0 && processClock.now() < patience) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    const clean = this.traffic.door.open === 0;
    await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
    await this.close();
    return clean;
  }

  /** Closes everything now. */
  async close(): Promise<void> {
    const servers = [...this.#fronts, ...(this.#admin ? [this.#admin] : [])];
    await this.#receivers.close();
    await this.traffic.close();
    await Promise.all(
      servers.map((server) => {
        const closed = new Promise<void>((resolve) => server.close(() => resolve()));
        server.closeAllConnections();
        return closed;
      }),
    );
    await this.instance.close();
  }

  async #listen(): Promise<void> {
    const { config } = this.instance.model;
    for (const [i, address] of config.listen.entries()) {
      const front = createFront(this.traffic.door, config);
      await listenOn(front, this.#target(`listen ${i}`, addressFrom(address)), address);
      this.#fronts.push(front);
    }
    const held = this.#options.held ?? NO_SOCKETS;
    const places = config.agents?.listen.map((url, i) => {
      const fd = held.get(`agents ${i}`);
      return fd === undefined ? url : { fd };
    });
    const { now, wallClock } = processClock;
    const parts = { board: this.instance.board, refusals: this.refusals, now, wallClock };
    await startReceivers(this.#receivers, config, parts, places);
    if (config.admin !== false) await this.#openAdmin(config.admin);
  }

  async #openAdmin(text: string): Promise<void> {
    const address = addressFrom(text);
    const handler = createAdminHandler(this.#adminParts(), this.#options.page, {
      hosts: () => (address.kind === 'tcp' ? [address.host] : []),
      onError: (error) => this.#options.log.error(`admin: ${messageOf(error)}`),
    });
    const admin = createAdminServer(handler);
    await listenOn(admin, this.#target('admin', address), text, true);
    this.#admin = admin;
  }

  #target(name: string, address: ListenAddress): ListenTarget {
    const fd = (this.#options.held ?? NO_SOCKETS).get(name);
    return fd === undefined ? address : { kind: 'held', fd };
  }

  #adminParts(): AdminParts {
    const { instance, traffic, refusals } = this;
    return {
      servers: () => traffic.servers(),
      nodes: () => traffic.nodes(),
      refusals: () => refusals.list(),
      chains: () => instance.counts.list(),
      decisions: (newest) => traffic.decisions(newest),
      events: (newest) => instance.events.newest(newest),
      configStatus: () => instance.status,
      readiness: () => this.#readiness(),
      explain: (question) => instance.explain(question),
      reload: () => instance.reload(),
      metrics: () => traffic.metrics.text(),
      version: this.#options.version,
      startedAt: this.#startedAt,
    };
  }

  #readiness(): Readiness {
    const servers = this.traffic
      .servers()
      .filter(({ state }) => state !== 'down' && state !== 'maint' && state !== 'drain');
    const checks = [
      { name: 'configuration', ok: true, detail: 'loaded' },
      { name: 'servers', ok: servers.length > 0, detail: `${servers.length} usable` },
      {
        name: 'draining',
        ok: !this.#draining,
        detail: this.#draining ? 'the process is about to end' : 'no',
      },
    ];
    return { ready: checks.every(({ ok }) => ok), checks };
  }
}
