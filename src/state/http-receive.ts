import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isLoopback } from '../core/accept.ts';
import type { ReportSource } from '../core/board.ts';
import { messageOf } from '../core/errors.ts';
import { MAX_REPORT_BYTES, type Refusal, type Report } from '../core/report.ts';
import type { Millis } from '../core/types.ts';
import { type Clock, systemClock } from './clock.ts';
import type { DriverHealth, Subscriber } from './driver.ts';
import { announcesTooMuch, answer, type Fault, REPORTS_PATH, readBody } from './http-protocol.ts';
import { Intake } from './intake.ts';
import { DEFAULT_RATE, type Rate, RateLimit } from './rate-limit.ts';
import type { Receiver } from './receiver.ts';
import { bearerToken, Tokens } from './tokens.ts';

const MAX_CONNECTIONS = 4096;
const MAX_HEAD_BYTES = 8192;
/** From the first byte of a request to its last, and from the connection to the first request. */
const REQUEST_TIMEOUT: Millis = 5000;
/** Longer than the pauses between the reports of any sensible agent. */
const KEEP_ALIVE: Millis = 30_000;
const CHECK_INTERVAL: Millis = 1000;

export interface HttpReceiverOptions {
  /** `fd`: a listening or bound socket that a parent process holds. */
  readonly listen: { readonly host: string; readonly port: number } | { readonly fd: number };
  /** Any of them opens the door. None: reports are taken from loopback only. */
  readonly tokens?: readonly string[];
  readonly rate?: Rate;
  readonly timeout?: Millis;
  readonly clock?: Clock;
}

/** Takes reports as HTTP POSTs: `POST /v1/reports`, `Authorization: Bearer <token>`, the report as JSON. */
export class HttpReceiver implements Receiver {
  readonly #listen: HttpReceiverOptions['listen'];
  readonly #tokens: Tokens;
  readonly #limit: RateLimit;
  readonly #clock: Clock;
  readonly #intake: Intake;
  readonly #server: Server;
  #fault: string | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: HttpReceiverOptions) {
    const timeout = options.timeout ?? REQUEST_TIMEOUT;
    this.#listen = options.listen;
    this.#tokens = new Tokens(options.tokens ?? []);
    this.#limit = new RateLimit(options.rate ?? DEFAULT_RATE);
    this.#clock = options.clock ?? systemClock;
    this.#intake = new Intake(this.#clock);
    this.#server = createServer({
      headersTimeout: timeout,
      requestTimeout: timeout,
      keepAliveTimeout: KEEP_ALIVE,
      connectionsCheckingInterval: Math.min(CHECK_INTERVAL, timeout),
      maxHeaderSize: MAX_HEAD_BYTES,
    });
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on('request', (request, response) => this.#serve(request, response));
  }

  get address(): string | undefined {
    const bound = this.#server.address();
    if (bound === null || typeof bound === 'string') return undefined;
    return `http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`;
  }

  publish(): Promise<void> {
    return Promise.reject(new TypeError('this driver only receives reports'));
  }

  async subscribe(subscriber: Subscriber): Promise<void> {
    if (this.#closing) throw new Error('this driver is closed');
    this.#intake.subscribe(subscriber);
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.once('close', () => reject(new Error('this driver is closed')));
      this.#server.listen(this.#listen, () => {
        this.#server.off('error', reject);
        this.#server.on('error', (error) => {
          this.#fault = messageOf(error);
        });
        resolve();
      });
    });
  }

  snapshot(): readonly Report[] {
    return this.#intake.recent();
  }

  health(): DriverHealth {
    const where = this.address;
    if (!where) return { up: false, detail: 'http: not listening' };
    return { up: true, detail: this.#fault ? `${where}; last fault: ${this.#fault}` : where };
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
    return this.#closing;
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const source: ReportSource = { address: request.socket.remoteAddress ?? '', transport: 'http' };
    const fault = this.#addressFault(request) ?? this.#doorFault(request, source);
    if (fault) {
      answer(response, fault);
      return;
    }
    readBody(request, (text) => {
      answer(response, text === undefined ? this.#tooLarge(source) : this.#intake.take(text, source));
    });
  }

  #addressFault(request: IncomingMessage): Fault | undefined {
    if (request.url !== REPORTS_PATH)
      return { code: 'not_found', message: `reports are posted to ${REPORTS_PATH}` };
    if (request.method !== 'POST')
      return { code: 'method_not_allowed', message: `reports come by POST, not by ${request.method}` };
    return undefined;
  }

  /** What can be refused before the body is read. */
  #doorFault(request: IncomingMessage, source: ReportSource): Refusal | undefined {
    const refuse = (refusal: Refusal): Refusal => this.#intake.refuse(refusal, source);
    if (!this.#limit.allows(source.address, this.#clock.now()))
      return refuse({ code: 'rate', message: 'too many reports from this address' });
    // Browsers send Origin with every POST: no page may speak for an agent to a port that trusts loopback.
    if (request.headers.origin !== undefined)
      return refuse({ code: 'source', message: 'reports come from agents, not from web pages' });
    const fault = this.#tokenFault(request, source);
    if (fault) return refuse(fault);
    return announcesTooMuch(request) ? this.#tooLarge(source) : undefined;
  }

  #tokenFault(request: IncomingMessage, source: ReportSource): Refusal | undefined {
    if (this.#tokens.none) {
      if (isLoopback(source.address)) return undefined;
      return { code: 'source', message: 'without a token, reports are taken from this machine only' };
    }
    const token = bearerToken(request.headers.authorization);
    if (token === undefined)
      return { code: 'token', message: 'expected the header "authorization: Bearer <token>"' };
    return this.#tokens.allow(token) ? undefined : { code: 'token', message: 'wrong token' };
  }

  #tooLarge(source: ReportSource): Refusal {
    const message = `a report has at most ${MAX_REPORT_BYTES} bytes`;
    return this.#intake.refuse({ code: 'too_large', message }, source);
  }
}
