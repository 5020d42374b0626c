import type { Millis } from '../core/types.ts';
import { BodyScanner, requestBody } from '../http1/body.ts';
import { persists } from '../http1/connection-options.ts';
import { RequestHead, scanRequestHead } from '../http1/request-head.ts';
import type { ClientConnection } from './client-connection.ts';
import { prepareRequest } from './compose-request.ts';
import { Exchange } from './exchange.ts';
import { HeldBytes } from './held-bytes.ts';
import { isHeadRequest } from './method.ts';
import type { EngineSettings } from './settings.ts';

/**
 * What a request is at: its head comes, its body comes, or it is whole and waits for its answer. A parked one has its
 * head, and waits for fresher numbers to be decided by.
 */
const HEAD = 0;
const BODY = 1;
const ANSWER = 2;
const PARKED = 3;

/** Requests that a client may send ahead of their answers (RFC 9112, 9.3.2), bytes. */
const AHEAD_BYTES = 64 * 1024;
/**
 * A request is decided by what is known, when nothing more has come by then. Those that are asked have shorter limits of
 * their own; a password takes long to check on a busy machine.
 */
const PARKED_MS: Millis = 5000;

/** Scanned heads are used up before anything else is scanned, so that one record serves all connections. */
const head = new RequestHead();

/** Takes requests from what comes on one connection, one after the other, and makes an exchange of each. */
export class RequestReader {
  exchange: Exchange | undefined = undefined;
  /** The client has said that no request follows. */
  isLast = false;
  /** When the body of the request under way has to be whole. */
  bodyUntil: Millis = Number.POSITIVE_INFINITY;
  readonly #client: ClientConnection;
  readonly #body = new BodyScanner();
  #phase = HEAD;
  #held: HeldBytes | undefined = undefined;
  /** The head of the request that is parked. */
  #parked: Buffer | undefined = undefined;
  #isRunning = false;

  constructor(client: ClientConnection) {
    this.#client = client;
  }

  /** The request that is under way has come whole. */
  get hasWholeRequest(): boolean {
    return this.#phase === ANSWER;
  }

  get isInBody(): boolean {
    return this.#phase === BODY;
  }

  get isParked(): boolean {
    return this.#phase === PARKED;
  }

  /** Between two requests, and nothing of the next one is there. */
  get isIdle(): boolean {
    return this.#phase === HEAD && this.#held === undefined;
  }

  /** The part of a head that has come, while the rest is missing. */
  get partialHead(): HeldBytes | undefined {
    return this.#phase === HEAD ? this.#held : undefined;
  }

  /** Something was sent ahead of its turn. */
  get hasMore(): boolean {
    return this.#held !== undefined;
  }

  /** So much was sent ahead that no more is to be read. */
  get isFull(): boolean {
    const keeps = this.#phase === ANSWER || this.#phase === PARKED;
    return keeps && (this.#held?.length ?? 0) >= AHEAD_BYTES;
  }

  /** Bytes of content of the request under way so far, without framing. */
  get received(): number {
    return this.#body.received;
  }

  take(bytes: Buffer, start: number, end: number): void {
    if (this.#phase === BODY) this.#content(bytes, start, end);
    else if (this.#phase !== HEAD) this.#holdAhead(bytes, start, end);
    else if (this.#held === undefined) this.#first(bytes, start, end);
    else if (this.#held.add(bytes, start, end)) this.#run();
  }

  /** The request under way was answered: the next one, perhaps one that came ahead. */
  next(): void {
    this.#phase = HEAD;
    if (!this.#isRunning) this.#run();
  }

  /** Gives what came ahead, and keeps nothing. */
  release(): HeldBytes | undefined {
    const held = this.#held;
    this.#held = undefined;
    this.#parked = undefined;
    return held;
  }

  /** Decides a request that is parked, and goes on with what has come of it meanwhile. */
  unpark(exchange: Exchange): void {
    const bytes = this.#parked;
    if (!bytes || this.exchange !== exchange) return;
    const { settings, record, engine } = exchange;
    head.allowConnect = settings.allowsConnect;
    if (scanRequestHead(head, bytes, 0, bytes.length, settings.head) !== bytes.length)
      throw new TypeError(`a head that was whole is not: ${head.fault}`);
    const ahead = this.release();
    this.#phase = this.#body.done ? ANSWER : BODY;
    this.#client.deadline = Number.POSITIVE_INFINITY;
    record.decidedAt = engine.parts.now();
    this.#forward(exchange, bytes, ahead?.bytes ?? bytes, ahead?.start ?? 0, ahead?.end ?? 0);
    if (this.#phase === ANSWER) this.#client.resume();
  }

  /** The first bytes of a request: from now on its head has so much time, however slowly the rest of it comes. */
  #first(bytes: Buffer, start: number, end: number): void {
    const { engine } = this.#client;
    this.#client.deadline = engine.sweep.now + engine.settings.timeouts.requestHeaders;
    this.#request(bytes, start, end);
  }

  /** Takes requests from what is held, until it is used up or an answer has to be waited for. */
  #run(): void {
    this.#isRunning = true;
    try {
      while (this.#held !== undefined && this.#phase === HEAD) {
        const { bytes, start, end } = this.#held;
        this.#held = undefined;
        if (!this.#request(bytes, start, end)) break;
      }
    } finally {
      this.#isRunning = false;
    }
    if (this.#phase === HEAD) this.#client.resume();
  }

  /** Bytes that begin with a request. False: with a part of its head, which is held until there is more. */
  #request(bytes: Buffer, start: number, end: number): boolean {
    const { settings } = this.#client.engine;
    head.allowConnect = settings.allowsConnect;
    const found = scanRequestHead(head, bytes, start, end, settings.head);
    if (found > 0) this.#begin(bytes, found, end, settings);
    else if (found < 0) this.#client.sayNo(-found, head.fault, isHeadRequest(bytes, start, end));
    else this.#held = new HeldBytes(bytes, start, end, true);
    return found !== 0;
  }

  #begin(bytes: Buffer, contentStart: number, end: number, settings: EngineSettings): void {
    const client = this.#client;
    client.minor = head.minor;
    this.isLast = !persists(head);
    client.keep = !this.isLast && !client.engine.isDraining;
    this.#body.begin(requestBody(head), head.contentLength);
    this.#phase = this.#body.done ? ANSWER : BODY;
    client.deadline = Number.POSITIVE_INFINITY;
    const exchange = new Exchange(client, settings);
    this.exchange = exchange;
    const refusal = prepareRequest(exchange, head, bytes);
    // What the client sends behind an upgrade that fails was never meant to be a request.
    if (exchange.upgrade !== '') client.keep = false;
    if (refusal) {
      this.#discard(bytes, contentStart, end);
      exchange.refuse(refusal, 'bad_request');
    } else if (client.engine.parts.refresh && this.#mustWait(exchange)) this.#park(bytes, contentStart, end);
    else this.#forward(exchange, bytes, bytes, contentStart, end);
  }

  /** Whether the decision is to wait for fresher numbers. Where they have come by the time of the answer it need not. */
  #mustWait(exchange: Exchange): boolean {
    const { record, engine, settings } = exchange;
    if (engine.open > settings.inFlight) return false;
    let isThere = false;
    const waits = engine.parts.refresh?.(record, () => {
      isThere = true;
      this.#client.unpark(exchange);
    });
    return waits === true && !isThere;
  }

  /** Keeps the head, and all that comes behind it as it is: whether it is content can be looked at later. */
  #park(bytes: Buffer, contentStart: number, end: number): void {
    const client = this.#client;
    this.#parked = Buffer.from(bytes.subarray(head.start, contentStart));
    this.#phase = PARKED;
    client.deadline = client.engine.sweep.now + PARKED_MS;
    if (contentStart < end) this.#holdAhead(bytes, contentStart, end);
  }

  /** `headBytes` hold the head, `bytes` what comes behind it. */
  #forward(exchange: Exchange, headBytes: Buffer, bytes: Buffer, contentStart: number, end: number): void {
    exchange.decide(head, headBytes);
    const { tap } = exchange;
    if (tap?.request) this.#body.onContent = (...piece) => tap.request?.(...piece);
    if (this.#phase === BODY) {
      this.bodyUntil = this.#client.engine.sweep.now + exchange.timeouts.request;
      this.#client.deadline = this.bodyUntil;
    }
    if (this.#phase === BODY && contentStart < end) this.#content(bytes, contentStart, end);
    else if (contentStart < end) this.#holdAhead(bytes, contentStart, end);
    if (this.exchange === exchange) exchange.go();
  }

  /** Of a request that is refused nothing is kept, but where it ends is found. */
  #discard(bytes: Buffer, start: number, end: number): void {
    let rest = start;
    if (this.#phase === BODY) {
      rest = this.#body.take(bytes, start, end);
      if (this.#body.done) this.#phase = ANSWER;
    }
    if (rest >= 0 && rest < end && this.#phase === ANSWER) this.#holdAhead(bytes, rest, end);
  }

  #content(bytes: Buffer, start: number, end: number): void {
    const { exchange } = this;
    const rest = this.#body.take(bytes, start, end);
    if (exchange === undefined) return;
    if (rest < 0) {
      exchange.refuse({ status: 400, reason: this.#body.fault, isShort: true }, 'bad_request');
      return;
    }
    const { replacement, done } = this.#body;
    if (done) {
      this.#phase = ANSWER;
      this.#client.deadline = Number.POSITIVE_INFINITY;
    }
    if (rest < end) this.#holdAhead(bytes, rest, end);
    if (replacement === undefined) exchange.content(bytes, start, rest);
    else exchange.content(replacement, 0, replacement.length);
  }

  #holdAhead(bytes: Buffer, start: number, end: number): void {
    if (this.#held === undefined) this.#held = new HeldBytes(bytes, start, end, false);
    else this.#held.add(bytes, start, end);
    if (this.#held.length >= AHEAD_BYTES) this.#client.pause();
  }
}
