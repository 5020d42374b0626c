import type { Config } from '../../config/schema/schema.ts';
import { messageOf } from '../../core/errors.ts';
import { jsonText } from '../access-log/access-log-escape.ts';
import { LineLog } from '../access-log/line-log.ts';
import type { Log } from '../logs/log.ts';
import type { RunClock } from '../run-clock.ts';
import type { EventView } from '../views/views.ts';

export interface EventFileParts {
  readonly clock: Pick<RunClock, 'now'>;
  readonly log: Log;
}

export type EventLevel = 'info' | 'warn' | 'error';

/** One object: when, how bad, what kind, and what a person is told; ASCII alone. */
const lineOf = ({ at, kind, message }: EventView, level: EventLevel): string =>
  `{"time":"${new Date(at).toISOString()}","level":"${level}","event":"${jsonText(kind)}","message":"${jsonText(message)}"}\n`;

/** The file that a configuration wants its events in, as JSON lines. */
export class EventFile {
  readonly #parts: EventFileParts;
  #file: string | undefined = undefined;
  #lines: LineLog | undefined = undefined;

  constructor(parts: EventFileParts) {
    this.#parts = parts;
  }

  /** Opens the file of a configuration, and closes the one before. One that cannot be opened is told of in the log. */
  follow({ eventLog }: Pick<Config, 'eventLog'>): void {
    if (eventLog?.file === this.#file) return;
    const before = this.#lines;
    try {
      this.#lines = eventLog && new LineLog(eventLog.file, { ...this.#parts, name: 'event log' });
      this.#file = eventLog?.file;
    } catch (thrown) {
      this.#parts.log.error(`the event log cannot be opened: ${messageOf(thrown)}`);
      return;
    }
    void before?.close();
  }

  add(event: EventView, level: EventLevel): void {
    if (this.#lines?.takesMore()) this.#lines.add(lineOf(event, level));
  }

  /** Opens the file anew, once it was moved away. */
  async reopen(): Promise<void> {
    await this.#lines?.reopen();
  }

  /** Writes what is left, for two seconds at most. */
  async close(): Promise<void> {
    await this.#lines?.close();
  }
}
