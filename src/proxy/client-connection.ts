import type { Millis } from '../core/types.ts';
import type { RequestHead } from '../http1/request-head.ts';
import type { Connection, ConnectionOwner } from '../transport/connection.ts';
import { NO_CONNECT, STALLED_BODY } from './deliver.ts';
import type { Client, EngineContext } from './engine-context.ts';
import type { Exchange } from './exchange.ts';
import { type HostLines, HostReader, NO_LINES } from './host-lines.ts';
import { dateLine } from './http-date.ts';
import { isHeadRequest } from './method.ts';
import { ownAnswer } from './own-answer.ts';
import { RequestReader } from './request-reader.ts';
import type { EngineSettings } from './settings.ts';

/** What a connection of a client is at. */
const OPEN = 0;
const TUNNEL = 1;
/** Our last word is said; what the client still sends is thrown away until it has read that. */
const LINGER = 2;
const CLOSED = 3;

/** How long a client that still sends may go on before its connection is closed: else a reset overtakes the answer. */
const LINGER_MS = 1000;

/** One connection of a client: requests in, one after the other, answers out in the same order. */
export class ClientConnection implements ConnectionOwner {
  readonly connection: Connection;
  readonly engine: EngineContext;
  deadline: Millis;
  /** Minor version of HTTP that the client speaks. */
  minor = 1;
  /** The connection is to be used for another request after this one. */
  keep = true;
  hostLines: HostLines = NO_LINES;
  readonly #hosts: HostReader;
  readonly #requests = new RequestReader(this);
  #state = OPEN;
  #isStalled = false;
  #isReading = true;

  constructor(connection: Connection, engine: EngineContext) {
    this.connection = connection;
    this.engine = engine;
    this.#hosts = new HostReader(connection);
    this.deadline = engine.sweep.now + engine.settings.timeouts.requestHeaders;
    engine.clients.add(this);
    engine.sweep.add(this);
    connection.owner = this;
  }

  /** The request that is under way has come whole. */
  get hasWholeRequest(): boolean {
    return this.#requests.hasWholeRequest;
  }

  /** Bytes of content of the request under way so far, without framing. */
  get received(): number {
    return this.#requests.received;
  }

  get isIdle(): boolean {
    return this.#state === OPEN && this.#requests.isIdle;
  }

  get listener(): string {
    return this.connection.listener ?? '';
  }

  get carries(): Client['carries'] {
    if (this.connection.httpVersion === '2.0') return 'stream';
    return this.#state === TUNNEL ? 'tunnel' : 'http1';
  }

  readHost(scanned: RequestHead, bytes: Buffer, settings: EngineSettings): HostLines {
    this.hostLines = this.#hosts.read(scanned, bytes, settings);
    return this.hostLines;
  }

  onConnected(): void {}

  onData(bytes: Buffer, start: number, end: number): void {
    try {
      if (this.#state === OPEN) this.#requests.take(bytes, start, end);
      else if (this.#state === TUNNEL) this.#requests.exchange?.tunnel?.fromClient(bytes, start, end);
    } catch (thrown) {
      this.#fault(thrown);
    }
  }

  onEnd(): void {
    this.#guard(() => {
      if (this.#state === TUNNEL) this.#requests.exchange?.tunnel?.clientEnds();
      else this.close();
    });
  }

  onDrained(): void {
    this.#isStalled = false;
    if (this.#state === OPEN && this.#requests.isInBody) this.deadline = this.#requests.bodyUntil;
    else if (this.#state !== LINGER && !this.#requests.isParked) this.deadline = Number.POSITIVE_INFINITY;
    this.#guard(() => this.#requests.exchange?.clientDrained());
  }

  onFailed(): void {
    this.#guard(() => this.close());
  }

  overdue(): void {
    const { exchange, partialHead, isInBody, isParked } = this.#requests;
    if (this.#state === TUNNEL) exchange?.tunnel?.close('idle_timeout');
    else if (this.#state === OPEN && partialHead) {
      const { bytes, start, end } = partialHead;
      this.sayNo(408, 'the head did not come in time', isHeadRequest(bytes, start, end));
    } else if (isParked && exchange) this.unpark(exchange);
    else if (this.#state === OPEN && isInBody && !this.#isStalled) {
      this.deadline = Number.POSITIVE_INFINITY;
      exchange?.refuse(STALLED_BODY, 'bad_request');
    } else {
      exchange?.clientStalled();
      this.close();
    }
  }

  /** Sends bytes of an answer. False: they must stay as they are until `clientDrained`. */
  send(bytes: Uint8Array): boolean {
    if (this.#state === CLOSED || this.connection.write(bytes)) return true;
    this.#isStalled = true;
    this.deadline = this.engine.sweep.now + this.engine.settings.timeouts.responseIdle;
    return false;
  }

  /** The client may send more, if not enough is waiting already. */
  resume(): void {
    if (this.#state === CLOSED || this.#isReading || this.#requests.isFull) return;
    this.#isReading = true;
    this.connection.readStart();
  }

  pause(): void {
    if (this.#state === CLOSED || !this.#isReading) return;
    this.#isReading = false;
    this.connection.readStop();
  }

  /** What a parked request waits for is there, or it has waited long enough. One that is not parked any more stays so. */
  unpark(exchange: Exchange): void {
    this.#guard(() => this.#requests.unpark(exchange));
  }

  /** The answer is whole. The next request, or the end. */
  answered(): void {
    const requests = this.#requests;
    requests.exchange = undefined;
    if (this.#state === CLOSED) return;
    if (!this.keep || !requests.hasWholeRequest) {
      // Who said that it ends the connection sends no more: there is nothing to wait for.
      if (requests.isLast && requests.hasWholeRequest && !requests.hasMore) this.close();
      else this.#linger();
      return;
    }
    const { sweep, settings } = this.engine;
    const { requestHeaders, clientIdle } = settings.timeouts;
    this.deadline = sweep.now + (requests.hasMore ? requestHeaders : clientIdle);
    requests.next();
  }

  /** The end of the answer is the end of the connection: it has to be a proper one. */
  endsWithAnswer(): void {
    this.#requests.isLast = false;
  }

  /** Ends the connection so that the client cannot take what it got for a whole answer. */
  cut(): void {
    if (this.#state === CLOSED) return;
    this.#requests.exchange = undefined;
    this.connection.reset();
    this.#forget();
  }

  /** From now on bytes go to the tunnel of the exchange. */
  becomeTunnel(): void {
    this.#state = TUNNEL;
    this.deadline = Number.POSITIVE_INFINITY;
    const held = this.#requests.release();
    this.resume();
    if (held) this.#requests.exchange?.tunnel?.fromClient(held.bytes, held.start, held.end);
  }

  /**
   * The engine drains: an idle connection ends. One that is not goes on to its next answer that can say so: an answer
   * that has begun cannot any more, and a client that was not told may have sent its next request.
   */
  retire(): void {
    if (this.isIdle) this.#linger();
  }

  /** Says no to something that is not even a request, and ends. */
  sayNo(status: number, reason: string, isHead: boolean): void {
    const { engine } = this;
    const request = { requestId: '', isHead, wantsJson: false, close: true, keepAlive10: false };
    engine.refused(status);
    const answer = status === 405 ? NO_CONNECT.answer : { status, reason };
    this.connection.write(ownAnswer(answer, request, dateLine(engine.sweep.date)));
    this.#linger();
  }

  close(): void {
    if (this.#state === CLOSED) return;
    const { exchange } = this.#requests;
    this.#requests.exchange = undefined;
    this.#forget();
    this.connection.close();
    exchange?.clientLeft();
  }

  #linger(): void {
    this.#state = LINGER;
    this.#requests.release();
    this.deadline = this.engine.sweep.now + LINGER_MS;
    this.connection.end();
    this.resume();
  }

  #guard(step: () => void): void {
    try {
      step();
    } catch (thrown) {
      this.#fault(thrown);
    }
  }

  /** A fault of ours ends this connection and nothing else. */
  #fault(thrown: unknown): void {
    const { onFault } = this.engine.parts;
    onFault(thrown);
    try {
      this.close();
    } catch (again) {
      onFault(again);
    }
  }

  #forget(): void {
    this.#state = CLOSED;
    this.#requests.release();
    this.engine.clients.delete(this);
    this.engine.sweep.delete(this);
  }
}
