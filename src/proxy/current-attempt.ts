import { isIdempotent } from '../core/candidates.ts';
import type { Done, Outcome, Server } from '../core/types.ts';
import type { Exchange } from './exchange.ts';
import type { ServerConnection } from './server-connection.ts';
import type { ServerPool } from './server-pool.ts';

const NOT_BEGUN: Done = () => undefined;
const NOTHING = new Uint8Array(0);
const BY_CLIENT = { kind: 'failed', side: 'client', reason: 'client_abort' } as const;

/** The attempt of an exchange that is under way: at which server, on which connection, and its count on the board. */
export class CurrentAttempt {
  /** Of the server that was chosen last. */
  pool: ServerPool | undefined = undefined;
  connection: ServerConnection | undefined = undefined;
  /** The server may have read something of it. */
  wasSent = false;
  readonly #exchange: Exchange;
  #done: Done = NOT_BEGUN;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  /** The first server is known. */
  chose(server: Server): ServerPool {
    const pool = this.#exchange.engine.pools.of(server);
    this.#exchange.record.chosen = server;
    this.pool = pool;
    return pool;
  }

  /** Tries a server: counts that, and asks for a connection to it. */
  begin(server: Server): void {
    const { engine, record } = this.#exchange;
    record.chosen = server;
    record.attempts += 1;
    this.wasSent = false;
    // The first attempt begins when the request does: one look at the clock less.
    this.#done = engine.parts.begin(server, record.attempts === 1 ? record.startedAt : engine.parts.now());
    if (record.attempts > 1) this.pool = engine.pools.of(server);
    this.pool?.give(this.#exchange, isIdempotent(record.method) ? 'any' : 'recent');
  }

  /** Tries the same server again, on a connection that nobody has used. */
  repeat(): void {
    this.wasSent = false;
    this.pool?.give(this.#exchange, 'new');
  }

  /** Gives all that there is to send, which is now sent. */
  leaving(): Uint8Array {
    this.wasSent = true;
    return this.#exchange.sent?.all() ?? NOTHING;
  }

  /** Tells how it went, once. */
  end(outcome: Outcome): void {
    const done = this.#done;
    const { record, engine } = this.#exchange;
    const { chosen, duration, startedAt } = record;
    this.connection = undefined;
    if (done === NOT_BEGUN || !chosen) return;
    this.#done = NOT_BEGUN;
    done(outcome, duration > 0 ? startedAt + duration : engine.parts.now());
    engine.parts.ended(chosen, outcome);
  }

  /** Lets go of the server: its connection cannot be used again. */
  leave(outcome: Outcome = { ...BY_CLIENT, unsent: !this.wasSent }): void {
    const { connection } = this;
    this.connection = undefined;
    if (connection) connection.abandon();
    else this.pool?.forget(this.#exchange);
    this.end(outcome);
  }
}
