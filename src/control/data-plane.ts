import { randomBytes } from 'node:crypto';
import type { ListenAddress } from '../config/schema/address.ts';
import type { ListenerConfig } from '../config/schema/schema.ts';
import { ConfigError, messageOf } from '../core/errors.ts';
import type { Server } from '../core/types.ts';
import { Engine } from '../proxy/engine.ts';
import { createHttp2Front } from '../proxy/http2/front.ts';
import type { ConnectionEvent, EngineParts, PoolSettings } from '../proxy/settings.ts';
import type { Transport } from '../transport/connection.ts';
import { TICKET_KEYS_BYTES } from '../transport/tls-settings.ts';
import { engineSettings, poolSettings } from './engine-settings.ts';
import { joinWaits } from './hosts/rule-desk.ts';
import type { Instance } from './instance.ts';
import type { ClientListener, ListenerParts } from './listeners/client-listener.ts';
import { type ListenTarget, listenFault, removeStaleSocket } from './listeners/listening.ts';
import { openListener } from './listeners/open-listener.ts';
import { localServersOf, withLocalServers } from './local-traffic.ts';
import { ConnectionLog } from './logs/connection-log.ts';
import type { Log } from './logs/log.ts';
import { RequestLog } from './logs/request-log.ts';
import type { Trace } from './logs/trace.ts';
import { Probing } from './probing.ts';
import type { RunClock } from './run-clock.ts';
import { openClients, type PlaneLoad } from './series/plane-load.ts';
import { ServerConnector } from './server-connector.ts';
import type { Traffic } from './traffic.ts';

export interface DataPlaneParts {
  readonly instance: Instance;
  readonly traffic: Traffic;
  readonly transport: Transport;
  readonly clock: RunClock;
  readonly log: Log;
  readonly trace: Trace;
}

interface OpenListener {
  /** As it was when the listener was opened. */
  readonly config: ListenerConfig;
  readonly listener: ClientListener;
}

/** The engine at work for a configuration: what it reads, where it listens, how it reaches servers. */
export class DataPlane {
  readonly engine: Engine;
  readonly requests: RequestLog;
  readonly probing: Probing;
  readonly #parts: DataPlaneParts;
  readonly #connector: ServerConnector;
  readonly #listeners: OpenListener[] = [];
  readonly #http2: ListenerParts['http2'];
  #onConnection: ((event: ConnectionEvent) => void) | undefined = undefined;
  #pools = new WeakMap<Server, PoolSettings>();
  #ticketKeys: Buffer = randomBytes(TICKET_KEYS_BYTES);

  /** Opens what the configuration wants to be warmed up. */
  constructor(parts: DataPlaneParts) {
    const { instance, traffic, transport } = parts;
    this.#parts = parts;
    this.requests = new RequestLog(parts);
    this.#connector = new ServerConnector(transport);
    this.probing = new Probing({ ...parts, loadReports: traffic.loadReports, connector: this.#connector });
    this.engine = new Engine(this.#engineParts(), engineSettings(instance.model));
    this.#http2 = createHttp2Front(this.engine);
    traffic.countLoad(() => this.load);
    instance.counts.countRefused(() => this.engine);
    traffic.countConnections((server) => this.engine.pools.counts(server));
    traffic.follow(() => this.#follow());
    traffic.hearChoices((choice) => this.probing.chosen(choice));
    this.#takeConfig();
  }

  /** Where clients can connect, as people write it, in the order of the listeners. */
  get addresses(): readonly string[] {
    return this.#listeners.map(({ config, listener }) => listener.address || config.address);
  }

  /** Connections of clients, with those whose TLS handshake is under way. */
  get connections(): number {
    return this.#listeners.reduce(
      (sum, { listener }) => sum + (listener.handshakes ?? 0),
      this.engine.clients.size,
    );
  }

  /** What is under way. */
  get load(): PlaneLoad {
    const { open, pools, clients } = this.engine;
    return { inFlight: open, tunnels: pools.tunnels.size, clients: openClients(clients) };
  }

  /** Calls back with what happens to connections of servers. */
  hearConnections(heard: (event: ConnectionEvent) => void): void {
    this.#onConnection = heard;
  }

  /** Listens. Rejects with a reason that a person can act on. */
  async listen(target: ListenTarget, config: ListenerConfig): Promise<void> {
    if (target.kind === 'unix') await removeStaleSocket(target.path);
    try {
      const listener = await openListener(socketTarget(target), config, this.#listenerParts(config));
      this.#listeners.push({ config, listener });
    } catch (thrown) {
      throw thrown instanceof ConfigError
        ? thrown
        : listenFault(config.address, thrown as NodeJS.ErrnoException);
    }
  }

  /** Seals session tickets with other keys from now on, 48 bytes, where the configuration gives none. */
  setTicketKeys(keys: Buffer): void {
    this.#ticketKeys = keys;
    this.#updateListeners();
  }

  /** Accepts no more connections. */
  stopListening(): void {
    for (const { listener } of this.#listeners) listener.close();
    this.#listeners.length = 0;
  }

  close(): void {
    this.stopListening();
    this.probing.close();
    this.engine.close();
  }

  #engineParts(): EngineParts {
    const { probing } = this;
    const { instance, traffic, clock, log, trace } = this.#parts;
    const connections = new ConnectionLog(log, trace);
    const refresh: EngineParts['refresh'] = (request, go) => probing.refresh(request, go);
    return {
      choose: (request, now) => traffic.choose(request, now),
      get guard() {
        return instance.rules.guard;
      },
      get refresh() {
        return joinWaits(instance.rules.waits, probing.waits ? refresh : undefined);
      },
      get traceContext() {
        return traffic.tracing.begin;
      },
      ...withLocalServers(instance.rules.local, {
        begin: (server, now) => instance.begin(server, now),
        ended: (server, outcome) => instance.counts.ended(server, outcome),
        loadReport: (server, format, text) => traffic.loadReports.hear(server, format, text),
        connect: (server, address, owner, client) => this.#connector.connect(server, address, owner, client),
      }),
      now: clock.now,
      epochMs: clock.wallClock,
      pool: (server) => this.#poolSettings(server),
      additions: (exchange, server) => traffic.additions(exchange, server),
      finished: (exchange) => {
        traffic.finished(exchange);
        this.requests.finished(exchange);
      },
      onFault: (fault) => log.error(`a connection was ended by a fault of the proxy: ${textOf(fault)}`),
      onConnection: (event) => {
        connections.hear(event);
        this.#onConnection?.(event);
      },
      get hearsReuse() {
        return connections.hearsUse;
      },
    };
  }

  #listenerParts({ name, address }: ListenerConfig): ListenerParts {
    const { transport, log } = this.#parts;
    const label = name ?? address;
    return {
      transport,
      accept: (connection) => {
        connection.listener = label;
        this.engine.accept(connection);
      },
      http2: {
        serve: (socket, ends) => this.#http2.serve(socket, ends, label),
        serveEither: (socket, ends) => this.#http2.serveEither(socket, ends, label),
      },
      trustedProxies: () => this.engine.settings.trustedProxies,
      ticketKeys: this.#ticketKeys,
      handshakeTimeout: this.engine.settings.timeouts.requestHeaders,
      refused: (code) => log.debug('connection of a client refused', { listener: label, code }),
    };
  }

  #follow(): void {
    this.#takeConfig();
    this.probing.follow();
    this.#updateListeners();
  }

  #takeConfig(): void {
    const { model, board } = this.#parts.instance;
    this.requests.follow(model.config);
    this.#pools = new WeakMap();
    this.#connector.take(model.config);
    for (const pool of this.engine.pools.list()) if (this.#connector.hasChanged(pool.server)) pool.renew();
    this.engine.take(
      engineSettings(model),
      board.pools().flatMap(({ servers }) => servers),
      localServersOf(model),
    );
  }

  /** Gives listeners their new certificates and keys. What else has changed of them waits for a restart. */
  #updateListeners(): void {
    const { listen } = this.#parts.instance.model.config;
    for (const [i, { config, listener }] of this.#listeners.entries()) {
      const isSame = ({ address }: ListenerConfig): boolean => address === config.address;
      const wanted = listen.slice(i).find(isSame) ?? listen.find(isSame) ?? config;
      try {
        listener.update(wanted, this.#ticketKeys);
      } catch (thrown) {
        this.#parts.log.error(`${config.address} keeps its certificates: ${messageOf(thrown)}`);
      }
    }
  }

  #poolSettings(server: Server): PoolSettings {
    const known = this.#pools.get(server);
    if (known) return known;
    const settings = poolSettings(this.#parts.instance.model.config, server);
    this.#pools.set(server, settings);
    return settings;
  }
}

const textOf = (fault: unknown): string =>
  fault instanceof Error && fault.stack !== undefined ? fault.stack : messageOf(fault);

const socketTarget = (target: ListenTarget | ListenAddress): Parameters<Transport['listen']>[0] => {
  if (target.kind === 'held') return target;
  return target.kind === 'unix'
    ? { kind: 'unix', path: target.path }
    : { kind: 'tcp', host: target.host, port: target.port };
};
