import { messageOf } from '../../core/errors.ts';
import type { Log } from '../log.ts';
import type { RunClock } from '../run-clock.ts';
import type { AccessLogView } from '../views.ts';
import { combinedFormat } from './access-log-combined.ts';
import { type AccessLogFilter, accessLogFilter } from './access-log-filter.ts';
import { jsonFormat } from './access-log-json.ts';
import type { LineFormat, LoggedExchange } from './access-log-line.ts';
import { openTarget } from './access-log-target.ts';
import { ChunkWriter } from './access-log-writer.ts';

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

/** Lines are written together, when they are so old or so many. */
const BATCH_MS = 100;
const BATCH_BYTES = 65_536;
/** Most that waits for a disk or a reader. Lines that would come behind are lost. */
export const MOST_HELD = 4 * 1024 * 1024;
const WARN_EVERY_MS = 10_000;

/**
 * A line for each request. Never holds up a request: what cannot be written waits, and beyond 4 MiB is lost and counted.
 * Each write holds whole lines, so that several processes may add to one file.
 */
export class AccessLog {
  readonly #options: AccessLogOptions;
  readonly #parts: AccessLogParts;
  readonly #isWanted: (exchange: LoggedExchange) => boolean;
  readonly #format: LineFormat;
  readonly #writer: ChunkWriter;
  readonly #flush = (): void => this.#timeIsUp();
  /** Lines that are to be written together: bytes[0, length). */
  #bytes: Buffer = Buffer.allocUnsafeSlow(BATCH_BYTES);
  #length = 0;
  #lines = 0;
  #timer: NodeJS.Timeout | undefined = undefined;
  /** Add to monotonic time for a date; read anew for each batch, since the wall clock may be set. */
  #epochOffset = 0;
  #lost = 0;
  #isClosed = false;
  #warnedAt = Number.NEGATIVE_INFINITY;

  /** Opens the file, with mode 0640 where it is new. Throws the system's error where that cannot be. */
  constructor(options: AccessLogOptions, parts: AccessLogParts) {
    const { file, format, query = 'keep' } = options;
    this.#options = options;
    this.#parts = parts;
    this.#isWanted = accessLogFilter(options);
    this.#format = format === 'json' ? jsonFormat(query === 'keep') : combinedFormat(query === 'keep');
    this.#writer = new ChunkWriter(openTarget(file), (error) => this.#warn(error.message));
  }

  /** Lines that the system has taken. */
  get written(): number {
    return this.#writer.written;
  }

  /** Lines that were not written and will not be. */
  get lost(): number {
    return this.#lost;
  }

  /** Notes an exchange that has ended. Reads all it needs of it at once. */
  finished(exchange: LoggedExchange): void {
    if (!this.#isWanted(exchange)) return;
    if (this.#isClosed || this.#writer.held + this.#length >= MOST_HELD) {
      this.#drop();
      return;
    }
    if (this.#lines === 0) this.#epochOffset = this.#parts.clock.epochOffset();
    this.#add(this.#format(exchange, exchange.startedAt + this.#epochOffset));
  }

  /**
   * Opens the file by its name again, for log rotation: call it once the old file has its new name. Resolves when the old
   * one is not written any more. Where the name cannot be opened the old file is kept, and the log says so.
   */
  async reopen(): Promise<void> {
    const { file } = this.#options;
    if (file === 'stdout' || this.#isClosed) return;
    try {
      await this.#writer.change(openTarget(file));
    } catch (thrown) {
      this.#parts.log.error(
        `access log: ${file} cannot be opened again: ${messageOf(thrown)}; the old file is kept`,
      );
    }
  }

  /** Writes what is left, for two seconds at most, and closes the file. Whatever ends after this is counted as lost. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#endBatch();
    const lost = await this.#writer.close();
    this.#lost += lost;
    if (lost > 0)
      this.#parts.log.warn(this.#warning(this.#writer.fault?.message ?? 'it was not taken in time'));
  }

  view(): AccessLogView {
    const { file, format } = this.#options;
    const waiting = this.#writer.held + this.#length;
    const fault = this.#writer.fault?.message ?? null;
    return { file, format, written: this.written, lost: this.lost, waitingBytes: waiting, fault };
  }

  #setTimer(): void {
    this.#timer = setTimeout(this.#flush, BATCH_MS).unref();
  }

  /** While a write is under way there is no hurry: better few large writes than many small ones. */
  #timeIsUp(): void {
    if (this.#writer.isIdle) this.#endBatch();
    else this.#setTimer();
  }

  /** `line` is ASCII. */
  #add(line: string): void {
    if (line.length > BATCH_BYTES - this.#length) this.#endBatch();
    if (line.length > BATCH_BYTES) {
      this.#writer.add(Buffer.from(line, 'latin1'), 1);
      return;
    }
    if (this.#lines === 0) this.#setTimer();
    this.#length += this.#bytes.write(line, this.#length, 'latin1');
    this.#lines += 1;
  }

  #endBatch(): void {
    clearTimeout(this.#timer);
    if (this.#lines === 0) return;
    this.#writer.add(this.#bytes.subarray(0, this.#length), this.#lines);
    this.#bytes = this.#writer.takeSpare(BATCH_BYTES) ?? Buffer.allocUnsafeSlow(BATCH_BYTES);
    this.#length = 0;
    this.#lines = 0;
  }

  #drop(): void {
    this.#lost += 1;
    const slow = 'it is not taken as fast as requests end';
    this.#warn(this.#isClosed ? 'it is closed' : (this.#writer.fault?.message ?? slow));
  }

  #warning(why: string): string {
    return `access log: ${this.#options.file} cannot be written: ${why}; lines lost: ${this.lost}`;
  }

  #warn(why: string): void {
    const now = this.#parts.clock.now();
    if (now - this.#warnedAt < WARN_EVERY_MS) return;
    this.#warnedAt = now;
    this.#parts.log.warn(this.#warning(why), { lost: this.lost });
  }
}
