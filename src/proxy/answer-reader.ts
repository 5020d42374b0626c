import type { Millis } from '../core/types.ts';
import { BodyScanner, responseBody, UNTIL_CLOSE } from '../http1/body.ts';
import { persists } from '../http1/connection-options.ts';
import { ResponseHead, scanResponseHead } from '../http1/response-head.ts';
import { HEADROOM } from '../transport/connection.ts';
import { RECEIVE_BYTES } from '../transport/receive-bytes.ts';
import { composeInterim, editAnswer, edited, scratch } from './compose-answer.ts';
import { editFields, settleClient } from './edit-fields.ts';
import { isEventStream } from './event-stream.ts';
import type { Exchange } from './exchange.ts';
import { BAD_RESPONSE } from './failures.ts';
import { tellLoad } from './load-report.ts';
import { heldHead, PartialHead } from './partial-head.ts';
import type { ServerConnection } from './server-connection.ts';
import { switchLines } from './switched-protocol.ts';
import { openTunnel } from './tunnel.ts';

/** Most interim answers to one request; more are a server gone wrong. */
const MAX_INTERIM = 32;

/** Scanned heads are used up before anything else is scanned, so that one record serves all connections. */
const head = new ResponseHead();

/** Reads the answers that come on one connection, and passes them on to the clients of the exchanges. */
export class AnswerReader {
  phase: 'head' | 'body' | 'tunnel' = 'head';
  /** The connection may be used again after this answer. */
  keep = true;
  /** How long the server says that it keeps an unused connection, seconds; -1 if it says nothing. */
  keepAliveTimeout = -1;
  readonly #connection: ServerConnection;
  readonly #body = new BodyScanner();
  #partial: PartialHead | undefined = undefined;
  #interim = 0;
  /** The client does not take what it was sent. */
  #isStalled = false;
  #idleLimit: Millis = 0;
  /** The last piece, which waits for the end of the turn, and whether the head is in it. */
  #waiting: Uint8Array | undefined = undefined;
  #waitsWithHead = false;

  constructor(connection: ServerConnection) {
    this.#connection = connection;
  }

  /** A request goes out: its answer is to come. */
  begin(): void {
    this.phase = 'head';
    this.keep = true;
    this.#interim = 0;
  }

  /** The exchange is over, one way or another. */
  reset(): void {
    this.#partial = undefined;
    this.#waiting = undefined;
    this.#isStalled = false;
  }

  /** A part of a head is there. */
  get hasBegun(): boolean {
    return this.#partial !== undefined;
  }

  /** Nothing has come since the request went out. */
  get isSilent(): boolean {
    return this.phase === 'head' && !this.hasBegun && this.#interim === 0;
  }

  /** Where the body ends, the connection ends. */
  get endsWithConnection(): boolean {
    return this.phase === 'body' && this.#body.mode === UNTIL_CLOSE;
  }

  take(bytes: Buffer, start: number, end: number): void {
    // More than the answer, perhaps written over what waits: the client must not take it for whole.
    if (this.#waiting) {
      this.#connection.cut('more than the answer');
      return;
    }
    const { exchange } = this.#connection;
    if (this.phase === 'head') this.#takeHead(bytes, start, end);
    else if (this.phase === 'tunnel') exchange?.tunnel?.fromServer(bytes, start, end);
    else if (exchange) this.#takeBody(exchange, bytes, start, end);
  }

  /** Sends what waits for the end of the turn. */
  flush(): void {
    const piece = this.#waiting;
    const { exchange } = this.#connection;
    this.#waiting = undefined;
    if (piece && exchange) this.#send(exchange, piece, this.#waitsWithHead);
  }

  /** The client has taken what it was sent. */
  clientDrained(): void {
    if (!this.#isStalled) return;
    this.#isStalled = false;
    const held = this.#partial;
    // Also behind the end of an answer: who uses the connection next waits for what is read on it.
    this.#connection.connection.readStart();
    if (this.phase === 'body' && this.#body.done) {
      this.#connection.complete(false);
      return;
    }
    if (this.phase === 'body') this.#connection.expectWithin(this.#idleLimit);
    if (this.phase === 'head' && held) this.#scan(held.bytes, held.start, held.end);
  }

  #takeHead(given: Buffer, from: number, to: number): void {
    const held = this.#partial;
    held?.add(given, from, to);
    const { bytes, start, end } = held ?? { bytes: given, start: from, end: to };
    this.#scan(bytes, start, end);
  }

  /** Takes heads from what came: interim ones, if there are any, then the final one. */
  #scan(bytes: Buffer, from: number, end: number): void {
    const connection = this.#connection;
    let start = from;
    while (start < end && connection.exchange && this.phase === 'head') {
      const found = scanResponseHead(head, bytes, start, end, connection.engine.settings.head);
      if (found < 0) connection.fail(BAD_RESPONSE, head.fault);
      if (found === 0) this.#partial = heldHead(this.#partial, bytes, start, end);
      if (found <= 0) return;
      this.#partial = undefined;
      if (head.status >= 200) {
        this.#answer(connection.exchange, bytes, start, found, end);
        return;
      }
      if (!this.#inform(connection.exchange, bytes, found, end)) return;
      start = found;
    }
  }

  /** An interim answer (RFC 9110, 15.2). False: it was no such thing, or what follows has to wait. */
  #inform(exchange: Exchange, bytes: Buffer, found: number, end: number): boolean {
    const connection = this.#connection;
    this.#interim += 1;
    if (head.status === 101) this.#switch(exchange, bytes, found, end);
    else if (this.#interim > MAX_INTERIM) connection.fail(BAD_RESPONSE, 'too many interim answers');
    if (head.status === 101 || this.#interim > MAX_INTERIM) return false;
    // A client of HTTP/1.0 does not know them; of two attempts either may be the one whose answer is passed on.
    if (exchange.client.minor === 0 || exchange.hedge?.isRacing) return true;
    const length = composeInterim(head, bytes);
    if (exchange.client.send(Buffer.from(scratch.subarray(0, length)))) return true;
    // The client does not take even this: what follows waits until it does.
    this.#partial = new PartialHead(bytes, found, end);
    this.#isStalled = true;
    connection.connection.readStop();
    return false;
  }

  #switch(exchange: Exchange, bytes: Buffer, found: number, end: number): void {
    const lines = switchLines(exchange, head, bytes);
    if (lines === '') this.#connection.fail(BAD_RESPONSE, 'a switch of protocols that was not asked for');
    else this.#tunnel(exchange, composeInterim(head, bytes, lines), bytes, found, end);
  }

  /** @param length of the head in `scratch` that ends HTTP on the client's connection. */
  #tunnel(exchange: Exchange, length: number, bytes: Buffer, found: number, end: number): void {
    this.phase = 'tunnel';
    exchange.answering(head.status, this.#connection.attempt);
    openTunnel(exchange, this.#connection, [scratch.subarray(0, length), bytes.subarray(found, end)]);
  }

  #answer(exchange: Exchange, bytes: Buffer, start: number, found: number, end: number): void {
    const { client, record, tap, timeouts } = exchange;
    if (head.loadReports > 0) tellLoad(exchange.engine, this.#connection.origin.server, head, bytes);
    if (head.status >= 500 && exchange.hedge?.isRacing) {
      this.#connection.fail(BAD_RESPONSE, `answered ${head.status} while another attempt goes on`);
      return;
    }
    if (record.method === 'CONNECT' && head.status < 300) {
      this.#tunnel(exchange, composeInterim(head, bytes), bytes, found, end);
      return;
    }
    const mode = responseBody(head, record.method === 'HEAD');
    this.#body.begin(mode, head.contentLength, client.minor === 0);
    if (tap?.response) this.#body.onContent = (...piece) => tap.response?.(...piece);
    const rest = this.#body.take(bytes, found, end);
    if (rest < 0) {
      this.#connection.fail(BAD_RESPONSE, this.#body.fault);
      return;
    }
    this.keepAliveTimeout = head.keepAliveTimeout;
    this.keep = mode !== UNTIL_CLOSE && persists(head);
    settleClient(exchange, head, mode);
    this.#idleLimit = isEventStream(head, bytes) ? Number.POSITIVE_INFINITY : timeouts.responseIdle;
    const lines = editFields(exchange, head, bytes);
    exchange.answering(head.status, this.#connection.attempt);
    this.phase = 'body';
    editAnswer(exchange, head, bytes, mode, start - HEADROOM, lines);
    if (rest < end) this.keep = false;
    if (edited.bytes === bytes) {
      this.#relay(exchange, bytes, edited.start, found, rest, end);
      return;
    }
    const joined = Buffer.concat([edited.bytes, bytes.subarray(found, rest)]);
    this.#relay(exchange, joined, 0, edited.bytes.length, joined.length, joined.length);
  }

  #takeBody(exchange: Exchange, bytes: Buffer, start: number, end: number): void {
    const rest = this.#body.take(bytes, start, end);
    if (rest < 0) {
      this.#connection.cut(this.#body.fault);
      return;
    }
    if (rest < end) this.keep = false;
    this.#relay(exchange, bytes, start, start, rest, end);
  }

  /** Sends `bytes[from, rest)`, of which everything from `bodyStart` on is body. What was read reaches to `end`. */
  #relay(
    exchange: Exchange,
    bytes: Buffer,
    from: number,
    bodyStart: number,
    rest: number,
    end: number,
  ): void {
    const { replacement, done } = this.#body;
    const piece =
      replacement === undefined
        ? new Uint8Array(bytes.buffer, bytes.byteOffset + from, rest - from)
        : Buffer.concat([bytes.subarray(from, bodyStart), replacement]);
    exchange.record.bytesOut += piece.length - (bodyStart - from);
    // The last piece can wait, unless more may be read over it: after a full read, or by TLS, which gives several.
    const isLast = done && piece.length > 0 && end < HEADROOM + RECEIVE_BYTES;
    if (!isLast || this.#connection.connection.isEncrypted) {
      this.#send(exchange, piece, from !== bodyStart);
      return;
    }
    this.#waiting = piece;
    this.#waitsWithHead = from !== bodyStart;
    exchange.engine.outbox.add(this.#connection);
  }

  #send(exchange: Exchange, piece: Uint8Array, withHead: boolean): void {
    const connection = this.#connection;
    const isSent = piece.length === 0 || exchange.client.send(piece);
    if (!isSent) {
      this.#isStalled = true;
      connection.expectWithin(Number.POSITIVE_INFINITY);
      connection.connection.readStop();
    } else if (this.#body.done) connection.complete(withHead);
    else connection.expectWithin(this.#idleLimit);
  }
}
