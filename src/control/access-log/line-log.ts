import { messageOf } from '../../core/errors.ts';
import type { Log } from '../logs/log.ts';
import type { RunClock } from '../run-clock.ts';
import { openTarget } from './access-log-target.ts';
import { ChunkWriter } from './access-log-writer.ts';

export interface LineLogParts {
  readonly clock: Pick<RunClock, 'now'>;
  /** Told when lines are lost or cannot be written, once in ten seconds at most. */
  readonly log: Log;
  /** What it is called there: `access log`. */
  readonly name: string;
}

/** Lines are written together, when they are so old or so many. */
const BATCH_MS = 100;
const BATCH_BYTES = 65_536;
/** Most that waits for a disk or a reader. Lines that would come behind are lost. */
export const MOST_HELD = 4 * 1024 * 1024;
const WARN_EVERY_MS = 10_000;

/**
 * Lines that are added to a file. Never holds up who has one: what cannot be written waits, and beyond 4 MiB is lost and
 * counted. Each write holds whole lines, so that several processes may add to one file.
 */
export class LineLog {
  readonly #file: string;
  readonly #parts: LineLogParts;
  readonly #writer: ChunkWriter;
  readonly #flush = (): void => this.#timeIsUp();
  /** Lines that are to be written together: bytes[0, length). */
  #bytes: Buffer = Buffer.allocUnsafeSlow(BATCH_BYTES);
  #length = 0;
  #lines = 0;
  #timer: NodeJS.Timeout | undefined = undefined;
  #lost = 0;
  #isClosed = false;
  #warnedAt = Number.NEGATIVE_INFINITY;

  /** Opens the file, with mode 0640 where it is new. Throws the system's error where that cannot be. */
  constructor(file: string, parts: LineLogParts) {
    this.#file = file;
    this.#parts = parts;
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

  get waitingBytes(): number {
    return this.#writer.held + this.#length;
  }

  /** Why the last write failed; null once one has gone well. */
  get fault(): string | null {
    return this.#writer.fault?.message ?? null;
  }

  /** The next line is the first of those that are written together. */
  get isEmpty(): boolean {
    return this.#lines === 0;
  }

  /** Whether there is room for another line. If not, that line is lost, and counted. */
  takesMore(): boolean {
    if (!this.#isClosed && this.waitingBytes < MOST_HELD) return true;
    this.#lost += 1;
    const slow = 'it is not taken as fast as lines come';
    this.#warn(this.#isClosed ? 'it is closed' : (this.#writer.fault?.message ?? slow));
    return false;
  }

  /** Adds a line of ASCII with its line feed. Ask takesMore first. */
  add(line: string): void {
    if (line.length > BATCH_BYTES - this.#length) this.#endBatch();
    if (line.length > BATCH_BYTES) {
      this.#writer.add(Buffer.from(line, 'latin1'), 1);
      return;
    }
    if (this.#lines === 0) this.#setTimer();
    this.#length += this.#bytes.write(line, this.#length, 'latin1');
    this.#lines += 1;
  }

  /**
   * Opens the file by its name again, for log rotation: call it once the old file has its new name. Resolves when the old
   * one is not written any more. Where the name cannot be opened the old file is kept, and the log says so.
   */
  async reopen(): Promise<void> {
    if (this.#file === 'stdout' || this.#isClosed) return;
    try {
      await this.#writer.change(openTarget(this.#file));
    } catch (thrown) {
      const { name, log } = this.#parts;
      const why = messageOf(thrown);
      log.error(`${name}: ${this.#file} cannot be opened again: ${why}; the old file is kept`);
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

  #setTimer(): void {
    this.#timer = setTimeout(this.#flush, BATCH_MS).unref();
  }

  /** While a write is under way there is no hurry: better few large writes than many small ones. */
  #timeIsUp(): void {
    if (this.#writer.isIdle) this.#endBatch();
    else this.#setTimer();
  }

  #endBatch(): void {
    clearTimeout(this.#timer);
    if (this.#lines === 0) return;
    this.#writer.add(this.#bytes.subarray(0, this.#length), this.#lines);
    this.#bytes = this.#writer.takeSpare(BATCH_BYTES) ?? Buffer.allocUnsafeSlow(BATCH_BYTES);
    this.#length = 0;
    this.#lines = 0;
  }

  #warning(why: string): string {
    return `${this.#parts.name}: ${this.#file} cannot be written: ${why}; lines lost: ${this.lost}`;
  }

  #warn(why: string): void {
    const now = this.#parts.clock.now();
    if (now - this.#warnedAt < WARN_EVERY_MS) return;
    this.#warnedAt = now;
    this.#parts.log.warn(this.#warning(why), { lost: this.lost });
  }
}
