import type { Millis } from '../core/types.ts';
import type { Connection, ConnectionOwner } from '../transport/connection.ts';
import { AnswerReader } from './answer-reader.ts';
import type { Attempt } from './attempt.ts';
import type { EngineContext } from './engine-context.ts';
import type { Exchange } from './exchange.ts';
import { BAD_RESPONSE, CONNECT_TIMEOUT, connectFailure, type Failure, RESET } from './failures.ts';
import { NO_CONNECTION } from './no-connection.ts';
import { RequestWriter } from './request-writer.ts';
import { BODY_CUT, BODY_STOPPED, restLimit } from './server-limits.ts';
import type { ServerPool } from './server-pool.ts';
import { LOOK_EVERY_MS } from './sweep.ts';

/** What a connection to a server is at. */
const [CONNECTING, IDLE, BUSY, CLOSED] = [0, 1, 2, 3];

/** One connection to a server: requests out, answers in, one at a time. */
export class ServerConnection implements ConnectionOwner {
  readonly engine: EngineContext;
  readonly origin: ServerPool;
  /** Nobody's, until it was asked for. */
  connection: Connection = NO_CONNECTION;
  deadline: Millis;
  /** When it was last put aside. */
  lastUsed: Millis = 0;
  /** It is not to be used for another exchange. */
  isSpent = false;
  /** The attempt that it serves, or that it was opened for. */
  attempt: Attempt | undefined;
  readonly #answer = new AnswerReader(this);
  readonly #writer = new RequestWriter();
  #state = CONNECTING;
  /** It was put aside for some request to come: its server may have closed it meanwhile. */
  #wasKept = false;
  /** A request waits for the end of the turn. */
  #isLeaving = false;
  readonly #since: Millis;

  constructor(engine: EngineContext, origin: ServerPool, attempt: Attempt | undefined) {
    this.engine = engine;
    this.origin = origin;
    this.attempt = attempt;
    // The sweep may come a round late, and whoever waits is to have gone elsewhere by then.
    this.#since = engine.parts.now();
    this.deadline = this.#since + engine.settings.timeouts.connect - 2 * LOOK_EVERY_MS;
    engine.sweep.add(this);
  }

  get exchange(): Exchange | undefined {
    return this.attempt?.exchange;
  }

  /** No byte of an answer to the request under way has come. */
  get isSilent(): boolean {
    return this.#answer.isSilent;
  }

  /** Something that was sent is not with the kernel yet. */
  get isWriting(): boolean {
    return this.#writer.isWriting;
  }

  /** The attempt that it was opened for, until it is connected. */
  get awaitedBy(): Attempt | undefined {
    return this.#state === CONNECTING ? this.attempt : undefined;
  }

  /** Sends a request, with what of its content is there by then, at the end of this turn of the loop. */
  begin(attempt: Attempt): void {
    this.attempt = attempt;
    this.#state = BUSY;
    this.#answer.begin();
    this.expectWithin(attempt.exchange.timeouts.responseHeaders);
    this.#isLeaving = true;
    this.engine.outbox.add(this);
  }

  /** Sends content of the request, or bytes of a tunnel. False: they must stay as they are until the client is resumed. */
  send(bytes: Uint8Array): boolean {
    if (this.#state === CLOSED) return true;
    if (this.#answer.phase === 'head' && this.exchange)
      this.expectWithin(this.exchange.timeouts.responseHeaders);
    return this.#writer.write(this.connection, bytes);
  }

  /** Sends what waits for the end of the turn. */
  flush(): void {
    const { attempt } = this;
    try {
      if (this.#isLeaving && attempt) this.#sendRequest(attempt);
      this.#answer.flush();
    } catch (thrown) {
      this.#fault(thrown);
    }
  }

  onConnected(): void {
    this.#guard(() => {
      const { attempt } = this;
      if (attempt) attempt.exchange.record.connectMs = this.engine.parts.now() - this.#since;
      this.rest();
      this.origin.opened(this, attempt);
    });
  }

  onData(bytes: Buffer, start: number, end: number): void {
    try {
      if (this.#isLeaving) this.#broken('data that was not asked for');
      else if (this.#state === BUSY) this.#answer.take(bytes, start, end);
      else this.drop('data that was not asked for');
    } catch (thrown) {
      this.#fault(thrown);
    }
  }

  onEnd(): void {
    this.#guard(() => {
      this.#answer.flush();
      if (this.#state === BUSY && this.#answer.phase === 'tunnel') this.exchange?.tunnel?.serverEnds();
      else if (this.#state === BUSY && this.#answer.endsWithConnection) this.complete(false);
      else this.#broken('ended');
    });
  }

  onDrained(): void {
    this.#guard(() => {
      if (!this.#writer.drained(this.connection)) return;
      const { exchange } = this;
      if (this.#state === IDLE) this.origin.release(this);
      else if (exchange?.tunnel) exchange.tunnel.serverDrained();
      else exchange?.client.resume();
    });
  }

  onFailed(code: string): void {
    this.#guard(() => {
      this.#answer.flush();
      this.#broken(code);
    });
  }

  overdue(): void {
    const { attempt, exchange } = this;
    const { phase } = this.#answer;
    if (this.#state === CONNECTING) this.fail(CONNECT_TIMEOUT, 'ETIMEDOUT');
    else if (this.#state === IDLE) this.drop('idle');
    else {
      const isStuck = this.isWriting;
      this.drop('silent');
      if (phase === 'head' && attempt) exchange?.headTimedOut(attempt, isStuck);
      else exchange?.cut(BODY_STOPPED, 'idle_timeout');
    }
  }

  /** The client has taken what it was sent. */
  clientDrained(): void {
    if (this.#state === BUSY) this.#answer.clientDrained();
  }

  /** The server is to move within so many ms. */
  expectWithin(limit: Millis): void {
    this.deadline = this.engine.sweep.now + limit;
  }

  /** Puts it aside for the next request. */
  rest(): void {
    this.#wasKept = this.#state === BUSY || this.attempt === undefined;
    this.#state = IDLE;
    this.attempt = undefined;
    this.#answer.reset();
    this.lastUsed = this.engine.sweep.now;
    this.expectWithin(restLimit(this.engine.settings.timeouts.serverIdle, this.#answer.keepAliveTimeout));
  }

  /** Closes it; whoever it served is not told. */
  drop(detail: string, kind: 'failed' | 'closed' = 'closed'): void {
    if (this.#state === CLOSED) return;
    this.#state = CLOSED;
    this.attempt = undefined;
    this.#isLeaving = false;
    this.#writer.reset();
    this.#answer.reset();
    this.deadline = Number.POSITIVE_INFINITY;
    this.engine.sweep.delete(this);
    this.connection.close();
    this.origin.closed(this, kind, detail);
  }

  /** The answer is whole and sent. `atOnce`: its head has only just come. */
  complete(atOnce: boolean): void {
    const { exchange } = this;
    const { keep } = this.#answer;
    const mayBeOut = !this.isWriting || this.connection.isEncrypted;
    if (keep && mayBeOut && exchange?.client.hasWholeRequest === true) this.origin.release(this);
    else {
      this.drop('not to be kept');
      this.origin.invite();
    }
    exchange?.answered(atOnce);
  }

  /** The attempt fails before its answer has begun. */
  fail(failure: Failure, detail: string): void {
    const { attempt } = this;
    const wasReused = this.#wasKept;
    this.drop(detail, this.#state === CONNECTING ? 'failed' : 'closed');
    attempt?.failed(failure, wasReused);
  }

  /** The answer breaks off. */
  cut(detail: string): void {
    const { exchange } = this;
    this.drop(detail);
    exchange?.cut(BODY_CUT, 'server_abort');
  }

  #sendRequest(attempt: Attempt): void {
    const { client } = attempt.exchange;
    this.#isLeaving = false;
    if (!this.#writer.write(this.connection, attempt.leaving())) client.pause();
    else if (!client.hasWholeRequest) client.resume();
  }

  /** The connection is gone. */
  #broken(code: string): void {
    const { phase, hasBegun } = this.#answer;
    if (this.#state === CONNECTING) this.fail(connectFailure(code), code);
    else if (this.#state === IDLE) this.drop(code);
    else if (phase === 'head') this.fail(hasBegun ? BAD_RESPONSE : RESET, code);
    else if (phase === 'tunnel') this.exchange?.tunnel?.close('server_abort');
    else this.cut(code);
  }

  #guard(step: () => void): void {
    try {
      step();
    } catch (thrown) {
      this.#fault(thrown);
    }
  }

  #fault(thrown: unknown): void {
    this.engine.parts.onFault(thrown);
    const { exchange } = this;
    this.drop('a fault of the proxy');
    exchange?.faulted();
  }
}
