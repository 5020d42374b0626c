import { messageOf } from '../core/errors.ts';
import { encodeReport, MAX_REPORT_BYTES, type Report } from '../core/report.ts';
import type { Millis } from '../core/types.ts';
import type { DriverHealth, StateDriver } from './driver.ts';
import { HttpConnection } from './http-connection.ts';
import { REPORTS_PATH, readFault } from './http-protocol.ts';
import { PublishError, type PublishFault } from './publish-error.ts';
import { checkToken } from './tokens.ts';

/** An answer that takes longer is of no use: by then several newer reports have been made. */
const PUBLISH_TIMEOUT: Millis = 2000;

export interface HttpPublisherOptions {
  /** `http://proxy:9091` or `https://...`; a path stands before `/v1/reports`. */
  readonly url: URL;
  readonly token?: string;
  readonly timeout?: Millis;
}

/** Sends reports to one proxy by POST, one at a time, over one connection that is kept open. */
export class HttpPublisher implements StateDriver {
  readonly #origin: string;
  readonly #timeout: Millis;
  readonly #connection: HttpConnection;
  #turn: Promise<void> = Promise.resolve();
  #fault: string | undefined;
  #sent = false;
  #closed = false;

  constructor({ url, token, timeout = PUBLISH_TIMEOUT }: HttpPublisherOptions) {
    this.#origin = url.origin;
    this.#timeout = timeout;
    this.#connection = new HttpConnection(new URL(url.pathname.replace(/\/$/, '') + REPORTS_PATH, url), {
      'content-type': 'application/json',
      'user-agent': 'forehand-agent',
      ...(token === undefined ? {} : { authorization: `Bearer ${checkToken(token)}` }),
    });
  }

  /** Reports that are published meanwhile wait for each other; a FanOut before this keeps only the newest. */
  publish(report: Report): Promise<void> {
    const sent = this.#turn.then(() => this.#send(encodeReport(report)));
    this.#turn = sent.then(
      () => {
        this.#fault = undefined;
        this.#sent = true;
      },
      (thrown: unknown) => {
        this.#fault = messageOf(thrown);
      },
    );
    return sent;
  }

  subscribe(): Promise<void> {
    return Promise.reject(new TypeError('this driver only sends reports'));
  }

  snapshot(): readonly Report[] {
    return [];
  }

  health(): DriverHealth {
    const state = this.#closed ? 'closed' : this.#sent ? 'reports are taken' : 'nothing sent yet';
    if (this.#fault !== undefined && !this.#closed) return { up: false, detail: this.#fault };
    return { up: !this.#closed, detail: `${this.#origin}: ${state}` };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#connection.close();
  }

  async #send(body: string): Promise<void> {
    if (this.#closed) throw this.#error('closed', 'the driver is closed');
    const size = Buffer.byteLength(body);
    if (size > MAX_REPORT_BYTES)
      throw this.#error('too_large', `the report has ${size} bytes; at most ${MAX_REPORT_BYTES} are taken`);
    const { status, text } = await this.#connection.post(body, this.#timeout).catch((thrown: unknown) => {
      const code = thrown instanceof PublishError ? thrown.code : 'unreachable';
      throw this.#error(this.#closed ? 'closed' : code, messageOf(thrown), thrown);
    });
    if (status >= 200 && status < 300) return;
    const fault = readFault(text);
    if (!fault) throw this.#error('bad_answer', `${status}, which is not the answer of a forehand proxy`);
    throw this.#error(fault.code, `${status} ${fault.code}: ${fault.message}`);
  }

  #error(code: PublishFault, message: string, cause?: unknown): PublishError {
    return new PublishError(code, `${this.#origin}: ${message}`, { cause });
  }
}
