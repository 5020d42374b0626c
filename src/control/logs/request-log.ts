import type { Config } from '../../config/schema/schema.ts';
import { messageOf } from '../../core/errors.ts';
import { AccessLog } from '../access-log/access-log.ts';
import type { LoggedExchange } from '../access-log/access-log-line.ts';
import type { RunClock } from '../run-clock.ts';
import type { AccessLogView } from '../views/views.ts';
import type { Log } from './log.ts';
import type { Trace } from './trace.ts';

export interface RequestLogParts {
  readonly clock: Pick<RunClock, 'now' | 'epochOffset'>;
  readonly log: Log;
  readonly trace: Trace;
}

const rounded = (ms: number | undefined): number | undefined =>
  ms === undefined ? undefined : Math.round(ms * 1000) / 1000;

/** What is said of each request: its line in the access log that the configuration names, and traces of it. */
export class RequestLog {
  readonly #parts: RequestLogParts;
  #wanted = '';
  #accessLog: AccessLog | undefined = undefined;

  constructor(parts: RequestLogParts) {
    this.#parts = parts;
  }

  /**
   * Opens the access log of a configuration, and closes the one before. Where it cannot be opened the old one goes on,
   * and the log says so.
   */
  follow({ accessLog }: Config): void {
    const wanted = JSON.stringify(accessLog ?? null);
    if (wanted === this.#wanted) return;
    const before = this.#accessLog;
    try {
      this.#accessLog = accessLog && new AccessLog(accessLog, this.#parts);
      this.#wanted = wanted;
    } catch (thrown) {
      this.#parts.log.error(`the access log cannot be opened: ${messageOf(thrown)}`);
      return;
    }
    void before?.close();
  }

  finished(exchange: LoggedExchange): void {
    this.#accessLog?.finished(exchange);
    const { trace } = this.#parts;
    if (trace.enabled('decisions')) this.#traceDecision(exchange);
    if (trace.enabled('timing')) this.#traceTiming(exchange);
  }

  view(): AccessLogView | undefined {
    return this.#accessLog?.view();
  }

  /** Opens the file anew, once it was moved away. */
  async reopen(): Promise<void> {
    await this.#accessLog?.reopen();
  }

  async close(): Promise<void> {
    await this.#accessLog?.close();
  }

  #traceDecision({ requestId, route, pool, server, decision }: LoggedExchange): void {
    const steps = decision?.steps.map(({ name, before, after }) => `${name} ${before}>${after}`);
    this.#parts.trace.say('decisions', `${pool ?? 'no pool'}: ${server ?? 'no server'}`, {
      requestId,
      route,
      steps,
    });
  }

  #traceTiming(exchange: LoggedExchange): void {
    const { requestId, method, path, status, firstByte, duration, attempts, termination } = exchange;
    this.#parts.trace.say('timing', `${method} ${path} ${status}`, {
      requestId,
      firstByteMs: rounded(firstByte),
      durationMs: rounded(duration),
      attempts,
      termination,
    });
  }
}
