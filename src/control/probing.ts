import { authorizationOf } from '../config/completing/credentials.ts';
import type { Config } from '../config/schema/schema.ts';
import type { Choice } from '../core/choose.ts';
import type { RequestView, Server } from '../core/types.ts';
import type { ProbeSettings } from '../proxy/probe-settings.ts';
import { Prober } from '../proxy/prober.ts';
import type { Transport } from '../transport/connection.ts';
import { Askable } from './health/askable.ts';
import type { Instance } from './instance.ts';
import type { LoadReports } from './load-reports.ts';
import type { Log } from './logs/log.ts';
import type { RunClock } from './run-clock.ts';
import type { ServerConnector } from './server-connector.ts';

export interface ProbingParts {
  readonly instance: Instance;
  readonly loadReports: LoadReports;
  readonly connector: ServerConnector;
  readonly transport: Transport;
  readonly clock: RunClock;
  readonly log: Log;
}

/** How the servers of a pool are asked. What is for the server is not said to an agent beside it. */
const settingsOf = ({ pools }: Config, { pool }: Server): ProbeSettings => {
  const { probes, credentials } = pools[pool] ?? {};
  if (!probes) throw new TypeError(`there is no pool ${pool} whose servers could be asked`);
  const { path, port, timeout } = probes;
  const authorization = credentials && port === undefined ? authorizationOf(credentials) : undefined;
  return { path, port, timeout, authorization };
};

/** Asks servers for their load where routes want that, and puts what they say on the board. */
export class Probing {
  readonly #instance: Instance;
  readonly #prober: Prober;
  readonly #askable = new Askable();
  readonly #now: RunClock['now'];
  #waits = false;

  constructor({ instance, loadReports, connector, transport, clock, log }: ProbingParts) {
    const { board, counts } = instance;
    this.#instance = instance;
    this.#now = clock.now;
    this.#prober = new Prober({
      now: clock.now,
      random: Math.random,
      settings: (server) => settingsOf(instance.model.config, server),
      connect: (server, address, owner) =>
        settingsOf(instance.model.config, server).port === undefined
          ? connector.connect(server, address, owner, undefined)
          : transport.connect(address, owner),
      heardAt: ({ pool, slot }) => {
        const record = board.pool(pool)?.table[slot];
        return record?.isCountFresh ? record.inBandAt : Number.NEGATIVE_INFINITY;
      },
      heard: (server, format, text) => loadReports.hear(server, format, text, 'probe'),
      ended: ({ pool }, result) => counts.probed(pool, result),
      onFault: (fault) => log.error(`a probe was ended by a fault of the proxy: ${String(fault)}`),
    });
    this.#take();
  }

  /** Some route waits for answers before its decisions. */
  get waits(): boolean {
    return this.#waits;
  }

  /** Connections that are open or being opened. */
  get connections(): number {
    return this.#prober.connections;
  }

  /** A decision was made, and perhaps some servers are asked for the sake of later ones. */
  chosen({ route }: Choice): void {
    const { probe } = route.settings;
    if (probe && 'perRequest' in probe)
      this.#prober.askSome(this.#askable.of(route.chain.pool, this.#now()), probe.perRequest);
  }

  /** What the engine asks before a decision where `waits`: true if it is to wait until it is called back, once and later. */
  refresh(request: RequestView, go: () => void): boolean {
    const route = this.#instance.model.routes(request);
    const probe = route?.settings.probe;
    if (!route || !probe || !('wait' in probe)) return false;
    return this.#prober.refresh(this.#askable.of(route.chain.pool, this.#now()), probe, go);
  }

  /** Another configuration holds. */
  follow(): void {
    this.#take();
    this.#prober.renew();
  }

  close(): void {
    this.#prober.close();
  }

  #take(): void {
    const { routes } = this.#instance.model.config;
    this.#waits = routes.some(({ probe }) => probe && 'wait' in probe);
  }
}
