import { RetryBudgets } from '../core/retry-budget.ts';
import type { Server } from '../core/types.ts';
import type { Connection } from '../transport/connection.ts';
import { ClientConnection } from './client-connection.ts';
import type { Client, EngineContext } from './engine-context.ts';
import { Hedging } from './hedging.ts';
import { Outbox } from './outbox.ts';
import { PoolLines } from './pool-lines.ts';
import type { ExchangeRecord } from './record.ts';
import { RequestIds } from './request-id.ts';
import { RouteCounts } from './route-counts.ts';
import { ServerPools } from './server-pools.ts';
import type { EngineParts, EngineSettings } from './settings.ts';
import { Sweep } from './sweep.ts';

/** How often the end looks whether exchanges are still under way. */
const LOOK_EVERY_MS = 20;
/** Idle connections stay this long when the engine drains: a request may be on its way on any of them. */
const LINGER_MS = 1000;

/** The data plane: takes connections of clients, and forwards their requests. */
export class Engine implements EngineContext {
  readonly parts: EngineParts;
  readonly sweep: Sweep;
  readonly ids = new RequestIds();
  readonly outbox = new Outbox();
  readonly budgets = new RetryBudgets();
  readonly pools = new ServerPools();
  readonly lines = new PoolLines();
  readonly hedging: Hedging;
  readonly clients = new Set<Client>();
  readonly routes = new RouteCounts();
  open = 0;
  isDraining = false;
  /** Connections that were turned away because there were too many. */
  turnedAway = 0;
  /** Answers to what was no request, by status. */
  readonly refusals = new Map<number, number>();

  settings: EngineSettings;

  constructor(parts: EngineParts, settings: EngineSettings) {
    this.parts = parts;
    this.settings = settings;
    this.sweep = new Sweep(parts.now, parts.epochMs, parts.onFault);
    this.hedging = new Hedging(this);
    this.pools.serve(this);
  }

  /** Serves a connection that was accepted. One too many is closed at once. */
  accept(connection: Connection): void {
    if (this.clients.size >= this.settings.connections) {
      this.turnedAway += 1;
      connection.close();
      return;
    }
    new ClientConnection(connection, this);
  }

  /** Tells how an exchange went. Whoever listens cannot stop what goes on. */
  finished(record: ExchangeRecord): void {
    try {
      this.parts.finished(record);
    } catch (thrown) {
      this.parts.onFault(thrown);
    }
  }

  refused(status: number): void {
    this.refusals.set(status, (this.refusals.get(status) ?? 0) + 1);
  }

  /**
   * Takes other settings, which hold from the next request on, and other servers: those that are not among them lose
   * their connections now, and their tunnels when it is time. `locals`: those in this process.
   */
  take(settings: EngineSettings, servers: Iterable<Server>, locals: Iterable<Server> = []): void {
    this.settings = settings;
    this.pools.retain(servers, locals);
  }

  /**
   * Lets exchanges finish for up to `patienceMs`; answers say that the connection ends, idle connections end after a
   * second. False if something was still under way then. Stop listening before.
   */
  async drain(patienceMs: number): Promise<boolean> {
    this.isDraining = true;
    const begun = this.parts.now();
    for (const tunnel of this.pools.tunnels) tunnel.leave();
    for (const client of this.clients) if (!client.isIdle) client.retire();
    const passed = (): number => this.parts.now() - begun;
    while (passed() < LINGER_MS || (this.open > 0 && passed() < patienceMs)) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
      if (this.clients.size === 0) break;
    }
    const isClean = this.open === 0;
    for (const client of this.clients) client.retire();
    return isClean;
  }

  /** Closes everything now. */
  close(): void {
    for (const client of [...this.clients]) client.close();
    this.pools.destroy();
    this.hedging.close();
    this.sweep.close();
  }
}
