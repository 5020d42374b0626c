import { messageOf } from '../core/errors.ts';
import type { RetryBudget } from '../core/retry-budget.ts';
import type { Millis, Server } from '../core/types.ts';
import type { EngineContext } from './engine-context.ts';
import type { Exchange } from './exchange.ts';
import { QUEUE_FULL, UNREACHABLE } from './failures.ts';
import { Resolver } from './resolver.ts';
import { ServerConnection } from './server-connection.ts';
import type { ConnectionEvent, PoolSettings } from './settings.ts';
import { tryConnection, validateAfter } from './validation.ts';
import { WaitingLine, type Wish } from './waiting-line.ts';

const RECENT_MS: Millis = 1000;
/** Unused connections to one server that are kept (mod_backhand's MAXSESSIONSPERSERVER). */
const MOST_IDLE = 256;
/** A request that is not out so long behind its answer is not going to be. */
const SETTLE_MS: Millis = 1000;

/** The connections to one server: kept ones are used again, last used first; above a limit requests wait in line. */
export class ServerPool {
  readonly engine: EngineContext;
  readonly server: Server;
  settings: PoolSettings;
  /** That of the pool of its server, which all of its servers share. */
  readonly budget: RetryBudget;
  readonly #resolver: Resolver;
  readonly #all = new Set<ServerConnection>();
  readonly #idle: ServerConnection[] = [];
  readonly #waiting = new WaitingLine();
  /** Exchanges for which the server's name is being looked up, or a kept connection tried. */
  readonly #pending = new Set<Exchange>();
  /** What was not used for so long is tried before it is used, ms. */
  #validateAfter: Millis;
  #isClosed = false;

  constructor(engine: EngineContext, server: Server) {
    this.engine = engine;
    this.server = server;
    this.settings = engine.parts.pool(server);
    this.#validateAfter = validateAfter(this.settings.validate);
    this.budget = engine.budgets.of(server.pool, engine.sweep.now);
    this.#resolver = new Resolver(server.url, engine.parts.now);
    engine.sweep.add(this);
  }

  /** Reads again how connections are to be made and kept. */
  configure(): void {
    this.settings = this.engine.parts.pool(this.server);
    this.#validateAfter = validateAfter(this.settings.validate);
  }

  /** Connections are made in another way from now on: those that are there serve nobody after whom they serve now. */
  renew(): void {
    for (const connection of this.#all) connection.isSpent = true;
    for (const connection of [...this.#idle]) connection.drop('it was made in a former way');
  }

  /** When somebody will have waited too long; told by the sweep. */
  get deadline(): Millis {
    return this.#waiting.deadline;
  }

  get counts(): { readonly open: number; readonly idle: number; readonly waiting: number } {
    return { open: this.#all.size, idle: this.#idle.length, waiting: this.#waiting.length };
  }

  /** Gives an exchange a connection, at once or when there is one; or says why it gets none. */
  give(exchange: Exchange, wish: Wish): void {
    const kept = wish === 'new' ? undefined : this.#takeIdle(wish);
    if (kept) {
      this.#use(kept, exchange);
      return;
    }
    const { maxConnections, queue } = this.settings;
    if (this.#all.size >= maxConnections) this.#idle[0]?.drop('its place is needed');
    if (this.#all.size < maxConnections) this.#open(exchange, wish);
    else if (this.#waiting.length < queue.size)
      this.#waiting.add({ exchange, wish, until: this.#now + queue.timeout });
    else exchange.failed(QUEUE_FULL, false);
  }

  /** The exchange does not wait any more. */
  forget(exchange: Exchange): void {
    this.#pending.delete(exchange);
    for (const connection of this.#all) if (connection.awaitedBy === exchange) connection.abandon();
    this.#waiting.forget(exchange);
  }

  /** A connection has been made; `exchange` is who it was made for. */
  opened(connection: ServerConnection, exchange: Exchange | undefined): void {
    this.#tell('opened', '');
    if (exchange) exchange.given(connection);
    else this.release(connection);
  }

  /** A connection is free again. */
  release(connection: ServerConnection): void {
    connection.rest();
    if (this.#isClosed || connection.isSpent || this.#idle.length >= MOST_IDLE) {
      connection.drop('not needed');
      return;
    }
    const next = this.#waiting.first;
    // By TLS we hear that a request is out often only behind the answer to it. It comes again when that is so.
    if (connection.isWriting) connection.expectWithin(SETTLE_MS);
    else if (!next) this.#idle.push(connection);
    else if (next.wish === 'new') connection.drop('a new one is needed');
    else {
      this.#waiting.shift();
      this.#use(connection, next.exchange);
    }
  }

  /** A connection is gone. */
  closed(connection: ServerConnection, kind: 'failed' | 'closed', detail: string): void {
    this.#all.delete(connection);
    const i = this.#idle.indexOf(connection);
    if (i !== -1) this.#idle.splice(i, 1);
    if (kind === 'failed') this.#resolver.failed();
    this.#tell(kind, detail);
    if (this.#waiting.length > 0) setImmediate(() => this.#serveNext());
    else if (this.#isClosed && this.#all.size === 0) this.engine.sweep.delete(this);
  }

  /** Opens connections before they are needed; none where each belongs to one client. */
  warmUp(count: number): void {
    if (this.settings.proxyProtocol !== undefined) return;
    for (let i = this.#all.size; i < Math.min(count, this.settings.maxConnections); i++)
      this.#open(undefined, 'any');
  }

  /** Those that waited too long get an answer. */
  overdue(): void {
    for (const { exchange } of this.#waiting.takeOverdue(this.#now)) exchange.failed(QUEUE_FULL, false);
  }

  /** The server has left: unused connections close now, the others once they are free. */
  close(): void {
    this.#isClosed = true;
    for (const connection of [...this.#idle]) connection.drop('the server has left');
    if (this.#all.size === 0) this.engine.sweep.delete(this);
  }

  /** Closes everything now. */
  destroy(): void {
    this.close();
    for (const connection of [...this.#all]) connection.abandon();
    this.engine.sweep.delete(this);
  }

  get #now(): Millis {
    return this.engine.sweep.now;
  }

  #takeIdle(wish: Wish): ServerConnection | undefined {
    const last = this.#idle.at(-1);
    if (!last || (wish === 'recent' && this.#now - last.lastUsed > RECENT_MS)) return undefined;
    return this.#idle.pop();
  }

  #serveNext(): void {
    // Somebody else has taken the place meanwhile: who waits keeps its own.
    if (this.#idle.length === 0 && this.#all.size >= this.settings.maxConnections) return;
    const next = this.#waiting.shift();
    if (next) this.#guard(next.exchange, () => this.give(next.exchange, next.wish));
  }

  /** Hands a kept connection over, if need be once it was tried. */
  #use(kept: ServerConnection, exchange: Exchange): void {
    if (this.#now - kept.lastUsed < this.#validateAfter) {
      this.#tellReuse('reused');
      exchange.given(kept);
      return;
    }
    this.#pending.add(exchange);
    tryConnection(kept, this.settings.ping, (fault) =>
      this.#guard(exchange, () => this.#tried(kept, exchange, fault)),
    );
  }

  #tried(kept: ServerConnection, exchange: Exchange, fault: string): void {
    const isWanted = this.#pending.delete(exchange);
    if (fault !== '') {
      this.#tell('invalid', fault);
      if (isWanted) this.give(exchange, 'new');
      return;
    }
    this.#tellReuse('validated');
    if (isWanted) exchange.given(kept);
    else this.release(kept);
  }

  #open(exchange: Exchange | undefined, wish: Wish): void {
    const { known } = this.#resolver;
    if (known) {
      this.#connect(known, exchange);
      return;
    }
    if (exchange) this.#pending.add(exchange);
    this.#resolver.resolve((address) =>
      this.#guard(exchange, () => {
        if (exchange && !this.#pending.delete(exchange)) return;
        if (!address) exchange?.failed(UNREACHABLE, false);
        // Others may have opened connections meanwhile, up to the limit.
        else if (exchange) this.give(exchange, wish);
        else if (!this.#isClosed && this.#all.size < this.settings.maxConnections) this.#connect(address);
      }),
    );
  }

  #connect(address: Parameters<EngineContext['parts']['connect']>[1], exchange?: Exchange): void {
    const connection = new ServerConnection(this.engine, this, exchange);
    // The header that it begins with names one client, so that no other may use it.
    connection.isSpent = this.settings.proxyProtocol !== undefined;
    this.#all.add(connection);
    const client = exchange?.client.connection;
    try {
      connection.connection = this.engine.parts.connect(this.server, address, connection, client);
    } catch (thrown) {
      connection.fail(UNREACHABLE, messageOf(thrown));
    }
  }

  #tell(kind: ConnectionEvent['kind'], detail: string): void {
    this.engine.parts.onConnection?.({ kind, pool: this.server.pool, server: this.server.id, detail });
  }

  #tellReuse(kind: 'reused' | 'validated'): void {
    if (this.engine.parts.hearsReuse !== false) this.#tell(kind, '');
  }

  /** Runs a step that nobody else guards. */
  #guard(exchange: Exchange | undefined, step: () => void): void {
    try {
      step();
    } catch (thrown) {
      this.engine.parts.onFault(thrown);
      exchange?.refuse({ status: 500, reason: 'the proxy has failed at this request' }, 'no_server');
    }
  }
}
