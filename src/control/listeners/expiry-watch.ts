import type { Config } from '../../config/schema/schema.ts';
import type { Millis } from '../../core/types.ts';
import type { EventLog } from '../events/events.ts';
import { certificatesOf } from './certificates.ts';

const DAY_MS: Millis = 24 * 3_600_000;
const EVERY_MS: Millis = 3_600_000;

/** Days before the end of a certificate at which it is told of. */
const TOLD_AT = [21, 7, 1, 0] as const;

const day = (epochMs: number): string => new Date(epochMs).toISOString().slice(0, 10);

/** The last mark that was passed; undefined before the first. */
const markAt = (leftMs: Millis): number | undefined => TOLD_AT.findLast((days) => leftMs <= days * DAY_MS);

/**
 * Tells of certificates that come near their end while the proxy runs: 21, 7 and 1 days before, and when they end. Of
 * those that are near it when they are loaded, the configuration warns.
 */
export class ExpiryWatch {
  readonly #config: () => Config;
  readonly #events: EventLog;
  readonly #wallClock: () => number;
  readonly #timer: NodeJS.Timeout;
  /** The last mark of each certificate, by file and end. */
  #marks: ReadonlyMap<string, number | undefined> = new Map();

  /** `config`: the one that is in use. `wallClock`: epoch ms. */
  constructor(config: () => Config, events: EventLog, wallClock: () => number) {
    this.#config = config;
    this.#events = events;
    this.#wallClock = wallClock;
    this.look();
    this.#timer = setInterval(() => this.look(), EVERY_MS).unref();
  }

  /** Looks now. */
  look(): void {
    const now = this.#wallClock();
    const marks = new Map<string, number | undefined>();
    for (const { name, notAfter } of certificatesOf(this.#config())) {
      const key = `${name} ${notAfter}`;
      const mark = markAt(notAfter - now);
      if (this.#marks.has(key) && this.#marks.get(key) !== mark) this.#tell(name, notAfter, mark);
      marks.set(key, mark);
    }
    this.#marks = marks;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #tell(name: string, notAfter: number, mark: number | undefined): void {
    if (mark === undefined) return;
    const level = mark > 1 ? 'warn' : 'error';
    const what = mark === 0 ? 'has expired' : `expires within ${mark} ${mark === 1 ? 'day' : 'days'}`;
    this.#events.add('certificate_expires', `the certificate in ${name} ${what}: ${day(notAfter)}`, level);
  }
}
