import { messageOf } from '../core/errors.ts';
import type { RetryBudget } from '../core/retry-budget.ts';
import type { Millis, Server } from '../core/types.ts';
import type { Attempt } from './attempt.ts';
import type { EngineContext } from './engine-context.ts';
import { QUEUE_FULL, UNREACHABLE } from './failures.ts';
import { guardAttempt } from './guard-attempt.ts';
import { LOCAL_POOL, NOWHERE } from './local-pool.ts';
import type { PoolLine } from './pool-lines.ts';
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
  /** Those who wait for any server of that pool. */
  readonly line: PoolLine;
  readonly #resolver: Resolver;
  readonly #all = new Set<ServerConnection>();
  readonly #idle: ServerConnection[] = [];
  readonly #waiting: WaitingLine;
  /** Attempts for which the server's name is being looked up, or a kept connection tried. */
  readonly #pending = new Set<Attempt>();
  #isClosed = false;

  /** @param isLocal the server is in this process. */
  constructor(engine: EngineContext, server: Server, isLocal = false) {
    this.engine = engine;
    this.server = server;
    this.settings = isLocal ? LOCAL_POOL : engine.parts.pool(server);
    this.budget = engine.budgets.of(server.pool, engine.sweep.now);
    this.line = engine.lines.of(server.pool);
    this.#waiting = new WaitingLine(this.line);
    this.#resolver = new Resolver(server.url, engine.parts.now);
    engine.sweep.add(this);
  }

  /** Reads again how connections are to be made and kept. */
  configure(): void {
    if (this.settings !== LOCAL_POOL) this.settings = this.engine.parts.pool(this.server);
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

  /** A request could have a connection without waiting for others. */
  get hasRoom(): boolean {
    return this.#idle.length > 0 || this.#all.size < this.settings.maxConnections;
  }

  /** Gives an attempt a connection, at once or when there is one; or says why it gets none. */
  give(attempt: Attempt, wish: Wish): void {
    const kept = wish === 'new' ? undefined : this.#takeIdle(wish);
    if (kept) {
      this.#use(kept, attempt);
      return;
    }
    const { maxConnections } = this.settings;
    if (this.#all.size >= maxConnections) this.#idle[0]?.drop('its place is needed');
    if (this.#all.size < maxConnections) this.#open(attempt, wish);
    else if (!this.#waiting.enter(attempt, wish, this.settings.queue, this.#now))
      attempt.failed(QUEUE_FULL, false);
  }

  /** The attempt does not wait any more. */
  forget(attempt: Attempt): void {
    this.#pending.delete(attempt);
    for (const connection of this.#all) if (connection.awaitedBy === attempt) connection.drop('abandoned');
    this.#waiting.forget(attempt);
  }

  /** A connection has been made; `attempt` is who it was made for. */
  opened(connection: ServerConnection, attempt: Attempt | undefined): void {
    this.#tell('opened', '');
    if (attempt) attempt.given(connection);
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
    else if (!next) {
      this.#idle.push(connection);
      this.invite();
    } else if (next.wish === 'new') connection.drop('a new one is needed');
    else {
      this.#waiting.shift();
      this.#use(connection, next.attempt);
    }
  }

  /** A request was answered here, and nobody waits for this server: who has waited longest for others may come. */
  invite(): void {
    if (this.line.length === 0 || this.#waiting.length > 0 || this.#isClosed || !this.hasRoom) return;
    const guest = this.line.firstFor(this.server);
    if (!guest) return;
    guest.pool?.forget(guest);
    guardAttempt(this.engine, guest, () => guest.moveTo(this));
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
    for (const { attempt } of this.#waiting.takeOverdue(this.#now)) attempt.failed(QUEUE_FULL, false);
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
    for (const connection of [...this.#all]) connection.drop('abandoned');
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
    if (next) guardAttempt(this.engine, next.attempt, () => this.give(next.attempt, next.wish));
  }

  /** Hands a kept connection over, if need be once it was tried. */
  #use(kept: ServerConnection, attempt: Attempt): void {
    if (this.#now - kept.lastUsed < validateAfter(this.settings.validate)) {
      this.#tellReuse('reused');
      attempt.given(kept);
      return;
    }
    this.#pending.add(attempt);
    tryConnection(kept, this.settings.ping, (fault) =>
      guardAttempt(this.engine, attempt, () => this.#tried(kept, attempt, fault)),
    );
  }

  #tried(kept: ServerConnection, attempt: Attempt, fault: string): void {
    const isWanted = this.#pending.delete(attempt);
    if (fault !== '') {
      this.#tell('invalid', fault);
      if (isWanted) this.give(attempt, 'new');
      return;
    }
    this.#tellReuse('validated');
    if (isWanted) attempt.given(kept);
    else this.release(kept);
  }

  #open(attempt: Attempt | undefined, wish: Wish): void {
    const known = this.settings === LOCAL_POOL ? NOWHERE : this.#resolver.known;
    if (known) {
      this.#connect(known, attempt);
      return;
    }
    if (attempt) this.#pending.add(attempt);
    this.#resolver.resolve((address) =>
      guardAttempt(this.engine, attempt, () => {
        if (attempt && !this.#pending.delete(attempt)) return;
        if (!address) attempt?.failed(UNREACHABLE, false);
        // Others may have opened connections meanwhile, up to the limit.
        else if (attempt) this.give(attempt, wish);
        else if (!this.#isClosed && this.#all.size < this.settings.maxConnections) this.#connect(address);
      }),
    );
  }

  #connect(address: Parameters<EngineContext['parts']['connect']>[1], attempt?: Attempt): void {
    const connection = new ServerConnection(this.engine, this, attempt);
    // The header that it begins with names one client, so that no other may use it.
    connection.isSpent = this.settings.proxyProtocol !== undefined;
    this.#all.add(connection);
    const client = attempt?.exchange.client.connection;
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
}
