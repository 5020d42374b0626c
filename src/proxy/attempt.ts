import { isIdempotent } from '../core/candidates.ts';
import type { Done, Millis, Outcome, Server } from '../core/types.ts';
import { requestFor } from './address-request.ts';
import type { Exchange } from './exchange.ts';
import type { Failure } from './failures.ts';
import type { ServerConnection } from './server-connection.ts';
import type { ServerPool } from './server-pool.ts';

const NOT_BEGUN: Done = () => undefined;
const NOTHING = new Uint8Array(0);
const BY_CLIENT = { kind: 'failed', side: 'client', reason: 'client_abort' } as const;
/** Another server has room for what waits at this one. */
const MOVED: Outcome = { kind: 'failed', side: 'proxy', reason: 'no_server', unsent: true };

/**
 * An attempt of an exchange: at which server, on which connection, and its count on the board. When it fails the next
 * one is made of it; a second one at the same time is the copy of a hedge.
 */
export class Attempt {
  readonly exchange: Exchange;
  /** Of the server that was chosen last. */
  pool: ServerPool | undefined = undefined;
  connection: ServerConnection | undefined = undefined;
  /** The server may have read something of it. */
  wasSent = false;
  /** It is the copy of a hedge, also when the other attempt has failed. */
  isCopy = false;
  #done: Done = NOT_BEGUN;
  /** When it began; undefined: when the request did. */
  #since: Millis | undefined = undefined;

  constructor(exchange: Exchange) {
    this.exchange = exchange;
  }

  /** The first server is known. */
  chose(server: Server): ServerPool {
    const { engine, isLocal } = this.exchange;
    const pool = engine.pools.of(server, isLocal);
    this.exchange.record.chosen = server;
    this.pool = pool;
    return pool;
  }

  /** How long after the request it began. */
  get lateBy(): Millis {
    return this.#since === undefined ? 0 : this.#since - this.exchange.record.startedAt;
  }

  /** No byte of an answer has come to it. */
  get isSilent(): boolean {
    return this.connection?.isSilent ?? true;
  }

  /** Tries a server: counts that, and asks for a connection to it. */
  begin(server: Server): void {
    const { engine, record } = this.exchange;
    record.attempts += 1;
    // The first attempt begins when the request does: one look at the clock less.
    if (record.attempts === 1) this.#start(record.decidedAt);
    else {
      this.isCopy = false;
      this.chose(server);
      this.#start(engine.parts.now());
    }
  }

  /** Sends what another attempt has sent before to a second server. */
  copyTo(pool: ServerPool, now: Millis): void {
    this.pool = pool;
    this.isCopy = true;
    this.#start(now);
  }

  /** Whether it may wait for this server as well as for its own: its decision has it in its ranking. */
  mayMoveTo(server: Server): boolean {
    const { hedge, record } = this.exchange;
    const { decision } = record;
    const eligible: readonly Server[] = decision?.chain.pool.eligible ?? [];
    return !hedge?.isRacing && eligible.includes(server) && decision?.ranked.includes(server) === true;
  }

  /** Waits in line no longer: another server has room for it. */
  moveTo(pool: ServerPool): void {
    const { attempts, engine } = this.exchange;
    this.end(MOVED);
    attempts.candidates?.tried(pool.server);
    this.chose(pool.server);
    this.#start(engine.parts.now());
  }

  /** Tries the same server again, on a connection that nobody has used. */
  repeat(): void {
    this.wasSent = false;
    this.pool?.give(this, 'new');
  }

  /** A connection is there for it. */
  given(connection: ServerConnection): void {
    this.connection = connection;
    connection.begin(this);
  }

  /** Its connection is about to send the request: gives all of it that is here. */
  leaving(): Uint8Array {
    this.wasSent = true;
    const { sent } = this.exchange;
    return sent ? requestFor(this.exchange, sent, this.pool?.server) : NOTHING;
  }

  /** It has failed before an answer began. The connection, if there was one, is closed. */
  failed(failure: Failure, wasReused: boolean): void {
    this.exchange.failed(this, failure, wasReused);
  }

  /** Tells how it went, once. */
  end(outcome: Outcome): void {
    const done = this.#done;
    const { record, engine } = this.exchange;
    const { duration, startedAt } = record;
    this.connection = undefined;
    if (done === NOT_BEGUN || !this.pool) return;
    this.#done = NOT_BEGUN;
    done(outcome, duration > 0 ? startedAt + duration : engine.parts.now());
    engine.parts.ended(this.pool.server, outcome);
  }

  /** Lets go of the server: its connection cannot be used again. */
  leave(outcome: Outcome = { ...BY_CLIENT, unsent: !this.wasSent }): void {
    const { connection } = this;
    this.connection = undefined;
    if (connection) connection.drop('abandoned');
    else this.pool?.forget(this);
    this.end(outcome);
  }

  #start(since: Millis | undefined): void {
    const { pool } = this;
    const { engine, record } = this.exchange;
    if (!pool) return;
    this.wasSent = false;
    this.#since = since;
    this.#done = engine.parts.begin(pool.server, since ?? record.startedAt);
    pool.give(this, isIdempotent(record.method) ? 'any' : 'recent');
  }
}
