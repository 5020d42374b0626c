import { fileURLToPath } from 'node:url';
import { messageOf } from '../../src/core/errors.ts';
import type { Millis, Stats } from '../../src/core/types.ts';
import { checkedStats } from './checked-stats.ts';
import { FilePlace } from './file-place.ts';
import { numbersInJson } from './json-numbers.ts';
import type { Place } from './place.ts';
import { numbersInPrometheus } from './prometheus-numbers.ts';
import { readMetrics, type ScrapeSource, type Wanted } from './wanted.ts';
import { WebPlace } from './web-place.ts';

/** What keeps a source from telling its numbers. */
export interface ScrapeFault {
  /** `scrape`: nothing could be read. `scrape_number`: some number could not be reported. */
  readonly code: 'scrape' | 'scrape_number';
  readonly message: string;
}

const placeOf = (from: string, ref: boolean): Place => {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(from)) {
    const url = URL.canParse(from) ? new URL(from) : undefined;
    if (url && /^https?:$/.test(url.protocol)) return new WebPlace(url, { ref });
    if (url?.protocol === 'file:' && url.hostname === '') return new FilePlace(fileURLToPath(url));
  } else if (from !== '') return new FilePlace(from);
  throw new TypeError(`scrape: expected http://, https://, file:// or a path, got ${JSON.stringify(from)}`);
};

/** A page of 400 KB is read every two seconds, which costs as much as one of 50 KB at every report. */
const BYTES_PER_MS = 200;
const MAX_PAUSE: Millis = 2000;

/** One source: what it said last, as long as that is not too old. Never rejects; what is wrong shows in `fault`. */
export class Scraper {
  readonly #place: Place;
  readonly #wanted: readonly Wanted[];
  readonly #now: () => Millis;
  #reading: Promise<void> | undefined;
  #nextAt = Number.NEGATIVE_INFINITY;
  #read: Stats = {};
  #readAt = Number.NEGATIVE_INFINITY;
  #fault: ScrapeFault | undefined;
  #missing: readonly string[] = [];

  /** Throws TypeError for a source that can never be read. `ref`: a reading keeps the process alive. */
  constructor({ from, metrics }: ScrapeSource, { now, ref }: { now: () => Millis; ref: boolean }) {
    this.#wanted = readMetrics(metrics);
    this.#place = placeOf(from, ref);
    this.#now = now;
  }

  /** For people. */
  get name(): string {
    return this.#place.name;
  }

  get fault(): ScrapeFault | undefined {
    return this.#fault;
  }

  /** Fields that were asked for and not in the last page. */
  get missing(): readonly string[] {
    return this.#missing;
  }

  asksFor(field: string): boolean {
    return this.#wanted.some((one) => one.field === field);
  }

  /** Reads, unless it is still at it, or a large page was read just now. Resolves when the reading is over. */
  async look(): Promise<void> {
    if (this.#now() < this.#nextAt) return;
    this.#reading ??= this.#readOnce().finally(() => {
      this.#reading = undefined;
    });
    await this.#reading;
  }

  /** What was read at most `keepFor` ago; nothing after that. */
  stats(keepFor: Millis): Stats {
    return this.#now() - this.#readAt > keepFor ? {} : this.#read;
  }

  close(): void {
    this.#place.close();
  }

  async #readOnce(): Promise<void> {
    try {
      this.#take(await this.#place.read());
    } catch (thrown) {
      this.#fault = { code: 'scrape', message: `${this.name}: ${messageOf(thrown)}` };
    }
  }

  /** Throws for a page that is neither JSON nor Prometheus text. */
  #take(text: string): void {
    this.#nextAt = this.#now() + Math.min(MAX_PAUSE, text.length / BYTES_PER_MS);
    const read = /^\s*[{[]/.test(text) ? numbersInJson : numbersInPrometheus;
    const found = read(text, this.#wanted);
    const { stats, faults } = checkedStats(found);
    this.#read = stats;
    this.#readAt = this.#now();
    this.#missing = this.#wanted.map(({ field }) => field).filter((field) => !found.has(field));
    const message = `${this.name}: ${faults.join('; ')}`;
    this.#fault = faults.length > 0 ? { code: 'scrape_number', message } : undefined;
  }
}
