import { messageOf } from '../core/errors.ts';
import { encodeReport, MAX_REPORT_BYTES, type Report } from '../core/report.ts';
import type { Millis } from '../core/types.ts';
import { type Clock, systemClock } from './clock.ts';
import type { DriverHealth, StateDriver } from './driver.ts';
import { BackOff } from './http-back-off.ts';
import { HttpConnection } from './http-connection.ts';
import type { PublisherTls } from './http-exchange.ts';
import {
  PROXIES_FIELD,
  PROXY_FIELD,
  REPORTS_PATH,
  readFault,
  SENT_FIELD,
  STREAM_PATH,
} from './http-protocol.ts';
import { ReachedProxies } from './http-reached-proxies.ts';
import { reportLine } from './http-stream-protocol.ts';
import { NoStream, StreamConnection } from './http-stream-publish.ts';
import { PublishError, type PublishFault } from './publish-error.ts';
import { checkToken } from './tokens.ts';

/** An answer that takes longer is of no use: by then several newer reports have been made. */
const PUBLISH_TIMEOUT: Millis = 2000;
/** The proxy tells what it has taken within 2.5 seconds. */
const PATIENCE: Millis = 3000;
/** After a stream came to nothing, single posts go out for so long before the next try. */
const POSTS_FOR: Millis = 60_000;

export interface HttpPublisherOptions {
  /** `http://proxy:9091` or `https://...`; a path stands before `/v1/reports`. */
  readonly url: URL;
  readonly token?: string;
  readonly tls?: PublisherTls;
  /** Most time for an answer, or until what is sent has been read. */
  readonly timeout?: Millis;
  /** Until the proxy must have said that it took what went down the stream. */
  readonly patience?: Millis;
  /** Shared by all publishers of one agent. */
  readonly reached?: ReachedProxies;
  readonly clock?: Clock;
}

const addressBelow = (url: URL, path: string): URL => new URL(url.pathname.replace(/\/$/, '') + path, url);

/** Whether somebody on the way takes what goes down the stream, or answers in the place of the proxy. */
const isSwallow = (thrown: unknown): boolean =>
  thrown instanceof PublishError && (thrown.code === 'timeout' || thrown.code === 'bad_answer');

/**
 * Sends reports to one proxy: down one long stream where that can be had, else by POST over one connection that is kept
 * open. One report at a time, none is kept for later.
 */
export class HttpPublisher implements StateDriver {
  readonly #options: HttpPublisherOptions;
  readonly #origin: string;
  readonly #timeout: Millis;
  readonly #clock: Clock;
  readonly #reached: ReachedProxies;
  readonly #fields: Readonly<Record<string, string>>;
  readonly #connection: HttpConnection;
  #stream: StreamConnection | undefined;
  #turn: Promise<void> = Promise.resolve();
  /** Until then there is no stream, only posts. */
  #postsUntil: Millis = Number.NEGATIVE_INFINITY;
  /** After streams that could not be opened, or broke. */
  readonly #backOff = new BackOff();
  #fault: PublishError | undefined;
  #sentBy: 'stream' | 'posts' | undefined;
  #closed = false;

  constructor(options: HttpPublisherOptions) {
    const { url, token, tls, timeout = PUBLISH_TIMEOUT, clock = systemClock } = options;
    this.#options = options;
    this.#origin = url.origin;
    this.#timeout = timeout;
    this.#clock = clock;
    this.#reached = options.reached ?? new ReachedProxies(clock);
    this.#fields = {
      'user-agent': 'forehand-agent',
      ...(token === undefined ? {} : { authorization: `Bearer ${checkToken(token)}` }),
    };
    const fields = { ...this.#fields, 'content-type': 'application/json' };
    this.#connection = new HttpConnection(addressBelow(url, REPORTS_PATH), fields, tls);
  }

  /** Reports that are published meanwhile wait for each other; a FanOut before this keeps only the newest. */
  publish(report: Report): Promise<void> {
    const sent = this.#turn.then(() => this.#send(report));
    this.#turn = sent.catch(() => undefined);
    return sent;
  }

  subscribe(): Promise<void> {
    return Promise.reject(new TypeError('this driver only sends reports'));
  }

  snapshot(): readonly Report[] {
    return [];
  }

  health(): DriverHealth {
    if (this.#closed) return { up: false, detail: `${this.#origin}: closed` };
    const refusal = this.#sentBy === 'stream' ? this.#stream?.refusal : undefined;
    const fault = this.#fault ?? (refusal && this.#error(refusal.code, refusal.message));
    if (fault) return { up: false, detail: fault.message };
    const state = this.#sentBy ? `reports are taken (${this.#sentBy})` : 'nothing sent yet';
    return { up: true, detail: `${this.#origin}: ${state}` };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#connection.close();
    this.#stream?.close();
  }

  async #send(report: Report): Promise<void> {
    if (this.#closed) throw this.#error('closed', 'the driver is closed');
    if (this.#fault && this.#backOff.isOn(this.#clock.now())) throw this.#fault;
    try {
      await this.#sendNow(report);
      this.#backOff.ended();
      this.#fault = undefined;
    } catch (thrown) {
      const code = thrown instanceof PublishError ? thrown.code : 'unreachable';
      this.#fault = this.#error(this.#closed ? 'closed' : code, messageOf(thrown), thrown);
      throw this.#fault;
    }
  }

  async #sendNow(report: Report): Promise<void> {
    const json = encodeReport(report);
    const size = Buffer.byteLength(json);
    if (size > MAX_REPORT_BYTES)
      throw new PublishError(
        'too_large',
        `the report has ${size} bytes; at most ${MAX_REPORT_BYTES} are taken`,
      );
    const stream = await this.#openStream();
    if (!stream) return this.#post(json);
    this.#sentBy = 'stream';
    const line = reportLine(json, this.#clock.epoch(), this.#reached.count);
    await stream.send(line, report.seq, this.#timeout).catch((thrown: unknown) => {
      if (isSwallow(thrown)) this.#giveUp(stream);
      else if (!stream.isOpen) this.#backOff.failed(this.#clock.now());
      throw thrown;
    });
  }

  /** A stream that reports can go down; undefined while there is none to be had. */
  async #openStream(): Promise<StreamConnection | undefined> {
    if (this.#stream?.isSwallowed) this.#giveUp(this.#stream);
    if (this.#stream?.isOpen) return this.#stream;
    if (this.#clock.now() < this.#postsUntil) return undefined;
    const { url, tls, patience = PATIENCE } = this.#options;
    const stream = new StreamConnection({
      url: addressBelow(url, STREAM_PATH),
      fields: this.#fields,
      tls,
      patience,
      now: () => this.#clock.now(),
      onProxy: (id) => this.#reached.saw(id),
    });
    this.#stream = stream;
    try {
      await stream.open(this.#timeout);
      return stream;
    } catch (thrown) {
      if (thrown instanceof NoStream && !this.#closed) return this.#giveUp(stream);
      this.#backOff.failed(this.#clock.now());
      throw thrown;
    }
  }

  #giveUp(stream: StreamConnection): undefined {
    stream.close();
    this.#stream = undefined;
    this.#postsUntil = this.#clock.now() + POSTS_FOR;
  }

  async #post(json: string): Promise<void> {
    const { count } = this.#reached;
    const answer = await this.#connection.post(json, this.#timeout, {
      [SENT_FIELD]: String(Math.round(this.#clock.epoch())),
      ...(count > 0 ? { [PROXIES_FIELD]: String(count) } : {}),
    });
    const { status, text } = answer;
    this.#reached.saw(answer.field(PROXY_FIELD));
    this.#sentBy = 'posts';
    if (status >= 200 && status < 300) return;
    const fault = readFault(text);
    if (!fault)
      throw new PublishError('bad_answer', `${status}, which is not the answer of a forehand proxy`);
    throw new PublishError(fault.code, `${status} ${fault.code}: ${fault.message}`);
  }

  #error(code: PublishFault, message: string, cause?: unknown): PublishError {
    return new PublishError(code, `${this.#origin}: ${message}`, { cause });
  }
}
