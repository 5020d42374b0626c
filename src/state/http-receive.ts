import { randomBytes } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { messageOf } from '../core/errors.ts';
import type { Refusal, Report } from '../core/report.ts';
import type { Millis } from '../core/types.ts';
import { type Clock, systemClock } from './clock.ts';
import type { DriverHealth, Subscriber } from './driver.ts';
import { Door, type Guest } from './http-door.ts';
import {
  addressFault,
  answer,
  PROXIES_FIELD,
  PROXY_FIELD,
  readBody,
  SENT_FIELD,
  STREAM_PATH,
  TOO_LARGE,
} from './http-protocol.ts';
import { SaidProxies } from './http-said-proxies.ts';
import {
  createReportServer,
  lastResponse,
  type ReceiverTls,
  renewTls,
  serveWithoutUpgrade,
} from './http-server.ts';
import { readReportLine, type Said, saidInFields } from './http-stream-protocol.ts';
import type { Verdict } from './http-stream-receive.ts';
import { asksForStream, ReportStreams } from './http-streams.ts';
import { Intake } from './intake.ts';
import { DEFAULT_RATE, type Rate } from './rate-limit.ts';
import type { Receiver } from './receiver.ts';
import { Tokens } from './tokens.ts';

/** From the first byte of a request to its last, and from the connection to the first request. */
const REQUEST_TIMEOUT: Millis = 5000;
const STREAM_SILENCE: Millis = 120_000;

const TAKEN_AWAY: Refusal = { code: 'token', message: 'the token does not hold any more' };

/** Names this process to agents, which count the proxies that they reach. */
const THIS_PROXY = randomBytes(9).toString('base64url');

export interface HttpReceiverOptions {
  /** `fd`: a listening or bound socket that a parent process holds. */
  readonly listen: { readonly host: string; readonly port: number } | { readonly fd: number };
  /** Any of them opens the door. None: reports are taken from loopback only, or by certificate. Others may be put in later. */
  readonly tokens?: Tokens;
  readonly rate?: Rate;
  readonly timeout?: Millis;
  /** A stream without a report for so long is closed; two minutes if left out. */
  readonly silence?: Millis;
  /** Speaks TLS 1.2 or later, and nothing else. */
  readonly tls?: ReceiverTls;
  /** Random for each run of a proxy, and the same for all its receivers; one for the process if left out. */
  readonly proxy?: string;
  readonly clock?: Clock;
}

/**
 * Takes reports as HTTP POSTs: `POST /v1/reports`, `Authorization: Bearer <token>`, the report as JSON; or many on one
 * connection that changes to the protocol `forehand-reports`, a line each.
 */
export class HttpReceiver implements Receiver {
  readonly #listen: HttpReceiverOptions['listen'];
  readonly #tls: ReceiverTls | undefined;
  readonly #proxy: string;
  readonly #door: Door;
  readonly #clock: Clock;
  readonly #intake: Intake;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #streams: ReportStreams;
  readonly #said = new SaidProxies();
  /** The report that the subscriber was asked about last. */
  #asked: Report | undefined;
  #fault: string | undefined;
  #left: NonNullable<Subscriber['left']> = () => undefined;
  #closing: Promise<void> | undefined;

  constructor(options: HttpReceiverOptions) {
    const { listen, tls, tokens = new Tokens(), rate = DEFAULT_RATE, clock = systemClock } = options;
    const { timeout = REQUEST_TIMEOUT, silence = STREAM_SILENCE, proxy = THIS_PROXY } = options;
    this.#listen = listen;
    this.#tls = tls;
    this.#proxy = proxy;
    this.#clock = clock;
    this.#door = new Door({ tokens, rate, clock, certified: tls?.clientCa !== undefined });
    this.#intake = new Intake(clock);
    this.#streams = new ReportStreams({ proxy, silence, now: () => clock.now() });
    this.#server = createReportServer(tls, timeout);
    this.#server
      .on('connection', (socket) => this.#track(socket))
      .on('request', (request, response) => this.#serve(request, response))
      .on('upgrade', (request, _, head) => this.#upgrade(request, head));
  }

  get address(): string | undefined {
    const bound = this.#server.address();
    if (bound === null || typeof bound === 'string') return undefined;
    const host = bound.family === 'IPv6' ? `[${bound.address}]` : bound.address;
    return `${this.#tls ? 'https' : 'http'}://${host}:${bound.port}`;
  }

  /** How many proxies are alive, by what most agents say; 1 if none does. */
  get proxies(): number {
    return this.#said.count(this.#clock.now());
  }

  /**
   * Shows another certificate to those that connect from now on. Throws TypeError if the receiver was made without TLS,
   * or if certificates of agents are to be asked for from now on, or no more: that takes another receiver.
   */
  setTls(tls: ReceiverTls): void {
    if ((tls.clientCa === undefined) !== (this.#tls?.clientCa === undefined))
      throw new TypeError('clientCa: it cannot be added or taken away while agents are connected');
    renewTls(this.#server, tls);
  }

  publish(): Promise<void> {
    return Promise.reject(new TypeError('this driver only receives reports'));
  }

  async subscribe(subscriber: Subscriber): Promise<void> {
    if (this.#closing) throw new Error('this driver is closed');
    this.#left = (node) => subscriber.left?.(node);
    this.#intake.subscribe({
      hear: (report, source) => {
        this.#asked = report;
        return subscriber.hear(report, source);
      },
      refused: (...facts) => subscriber.refused(...facts),
    });
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
      for (const socket of this.#sockets) socket.destroy();
    });
    return this.#closing;
  }

  /** Node forgets those that have changed to another protocol, and those whose handshake is under way. */
  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    response.setHeader(PROXY_FIELD, this.#proxy);
    const fault = addressFault(request);
    const guest = fault ?? this.#enter(request);
    if ('code' in guest) {
      answer(response, guest);
      return;
    }
    const said = saidInFields(request.headers[SENT_FIELD], request.headers[PROXIES_FIELD]);
    readBody(request, (text) => {
      if (text === undefined) answer(response, this.#refuse(TOO_LARGE, guest.address));
      else answer(response, this.#take(text, guest, said).refusal);
    });
  }

  #upgrade(request: IncomingMessage, head: Buffer): void {
    const { socket } = request;
    if (request.url !== STREAM_PATH || request.method !== 'GET' || !asksForStream(request)) {
      serveWithoutUpgrade(this.#server, request, socket, head);
      return;
    }
    const guest = this.#enter(request);
    if ('code' in guest) answer(lastResponse(request, socket), guest);
    else this.#startStream(socket, head, guest);
  }

  #startStream(socket: Socket, head: Buffer, guest: Guest): void {
    let node: string | undefined;
    this.#streams.start(socket, head, {
      take: (line) => {
        const verdict = this.#takeLine(line, guest);
        node = verdict.node ?? node;
        return verdict;
      },
      tooLong: () => this.#refuse(TOO_LARGE, guest.address),
      stillMay: () => guest.source() !== undefined,
      ended: () => {
        if (node !== undefined && !this.#closing) this.#left(node);
      },
    });
  }

  #enter(request: IncomingMessage): Guest | Refusal {
    const guest = this.#door.enter(request);
    return 'code' in guest ? this.#refuse(guest, request.socket.remoteAddress ?? '') : guest;
  }

  #takeLine(line: string, guest: Guest): Verdict {
    const rush = this.#door.tooMany(guest.address);
    if (rush) return { refusal: this.#refuse(rush, guest.address) };
    const { json, said } = readReportLine(line);
    return this.#take(json, guest, said);
  }

  #take(text: string, guest: Guest, { at, proxies }: Said): Verdict {
    const source = guest.source(at === undefined ? undefined : { at, receivedAt: this.#clock.epoch() });
    if (!source) return { refusal: this.#refuse(TAKEN_AWAY, guest.address), ends: true };
    this.#asked = undefined;
    const refusal = this.#intake.take(text, source);
    // What was not asked about could not be read.
    const report = this.#askedAbout();
    if (!refusal && report && proxies !== undefined) this.#said.note(report.node, proxies, this.#clock.now());
    return { seq: report?.seq, refusal, node: refusal ? undefined : report?.node };
  }

  #askedAbout(): Report | undefined {
    return this.#asked;
  }

  #refuse(refusal: Refusal, address: string): Refusal {
    return this.#intake.refuse(refusal, { address, transport: 'http' });
  }
}
