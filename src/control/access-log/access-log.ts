import type { Log } from '../logs/log.ts';
import type { RunClock } from '../run-clock.ts';
import type { AccessLogView } from '../views/views.ts';
import { combinedFormat } from './access-log-combined.ts';
import { type AccessLogFilter, accessLogFilter } from './access-log-filter.ts';
import { jsonFormat } from './access-log-json.ts';
import type { LineFormat, LoggedExchange } from './access-log-line.ts';
import { LineLog } from './line-log.ts';

export { MOST_HELD } from './line-log.ts';

export interface AccessLogOptions extends AccessLogFilter {
  /** Path of the file that lines are added to, or `stdout`. A named pipe will do. */
  readonly file: string;
  readonly format: 'combined' | 'json';
  /** Whether paths, and the referer, are written with their query. */
  readonly query?: 'keep' | 'drop';
}

export interface AccessLogParts {
  readonly clock: Pick<RunClock, 'now' | 'epochOffset'>;
  /** Told when lines are lost or cannot be written, once in ten seconds at most. */
  readonly log: Log;
}

/** A line for each request that is worth one. */
export class AccessLog {
  readonly #options: AccessLogOptions;
  readonly #clock: AccessLogParts['clock'];
  readonly #isWanted: (exchange: LoggedExchange) => boolean;
  readonly #format: LineFormat;
  readonly #lines: LineLog;
  /** Add to monotonic time for a date; read anew for each batch, since the wall clock may be set. */
  #epochOffset = 0;

  /** Opens the file, with mode 0640 where it is new. Throws the system's error where that cannot be. */
  constructor(options: AccessLogOptions, { clock, log }: AccessLogParts) {
    const { file, format, query = 'keep' } = options;
    this.#options = options;
    this.#clock = clock;
    this.#isWanted = accessLogFilter(options);
    this.#format = format === 'json' ? jsonFormat(query === 'keep') : combinedFormat(query === 'keep');
    this.#lines = new LineLog(file, { clock, log, name: 'access log' });
  }

  /** Lines that the system has taken. */
  get written(): number {
    return this.#lines.written;
  }

  /** Lines that were not written and will not be. */
  get lost(): number {
    return this.#lines.lost;
  }

  /** Notes an exchange that has ended. Reads all it needs of it at once. */
  finished(exchange: LoggedExchange): void {
    if (!this.#isWanted(exchange) || !this.#lines.takesMore()) return;
    if (this.#lines.isEmpty) this.#epochOffset = this.#clock.epochOffset();
    this.#lines.add(this.#format(exchange, exchange.startedAt + this.#epochOffset));
  }

  /** Opens the file by its name again, once the old file has its new name. */
  reopen(): Promise<void> {
    return this.#lines.reopen();
  }

  /** Writes what is left, for two seconds at most, and closes the file. Whatever ends after this is counted as lost. */
  close(): Promise<void> {
    return this.#lines.close();
  }

  view(): AccessLogView {
    const { file, format } = this.#options;
    const { written, lost, waitingBytes, fault } = this.#lines;
    return { file, format, written, lost, waitingBytes, fault };
  }
}
