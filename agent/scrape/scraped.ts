import { joinStats } from '../../src/core/report.ts';
import type { Millis, Stats } from '../../src/core/types.ts';
import type { Problems } from '../problems.ts';
import { type ScrapeFault, Scraper } from './scraper.ts';
import { MAX_NUMBERS, type ScrapeSource } from './wanted.ts';

/** Old numbers are reported for this long, or for five intervals where those are longer: then the source is silent. */
const KEEP: Millis = 5000;
const KEEP_INTERVALS = 5;
/** How long a report waits for fresh numbers; an application on the same machine answers in a few. */
const PATIENCE: Millis = 50;

const pause = (millis: Millis): { readonly over: Promise<void>; readonly end: () => void } => {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, millis);
  });
  return { over, end: () => clearTimeout(timer) };
};

/** The application's own numbers from all sources, later sources over earlier ones. */
export class Scraped {
  readonly #scrapers: readonly Scraper[];
  readonly #keepFor: Millis;
  readonly #problems: Problems;
  #first = true;
  #closed = false;

  /** Throws TypeError for a source that can never be read. `ref`: a reading keeps the process alive. */
  constructor(
    sources: readonly ScrapeSource[],
    options: { interval: Millis; now: () => Millis; ref: boolean; problems: Problems },
  ) {
    this.#scrapers = sources.map((source) => new Scraper(source, options));
    this.#keepFor = Math.max(KEEP, KEEP_INTERVALS * options.interval);
    this.#problems = options.problems;
  }

  /** The numbers of all sources below those that the application tells itself, as many as a report holds. */
  under(own: Stats): Stats {
    const read = this.#scrapers.map((scraper) => scraper.stats(this.#keepFor));
    const joined = [...read, own].reduce<Stats>(joinStats, {});
    const names = Object.keys({ ...own.custom, ...joined.custom });
    const tooMany = names.slice(MAX_NUMBERS);
    if (tooMany.length === 0) {
      this.#problems.end('custom');
      return joined;
    }
    const fault = `an agent reports at most ${MAX_NUMBERS} numbers, so ${tooMany.join(', ')} is left out`;
    this.#problems.begin('custom', new Error(fault));
    const kept = names.slice(0, MAX_NUMBERS).map((name) => [name, joined.custom?.[name]]);
    return { ...joined, custom: Object.fromEntries(kept) };
  }

  /**
   * Has every source read once more. The first time it waits until all have answered or failed, later only a
   * moment: what comes after that is in the next report.
   */
  async look(): Promise<void> {
    if (this.#scrapers.length === 0) return;
    const read = Promise.all(this.#scrapers.map((scraper) => scraper.look())).then(() => this.#tell());
    if (this.#first) await read;
    else {
      const patience = pause(PATIENCE);
      await Promise.race([read, patience.over]).finally(patience.end);
    }
    this.#first = false;
  }

  close(): void {
    this.#closed = true;
    for (const scraper of this.#scrapers) scraper.close();
  }

  /** What a closed connection says is no fault. */
  #tell(): void {
    if (this.#closed) return;
    for (const scraper of this.#scrapers) {
      const fault = scraper.fault ?? this.#absence(scraper);
      if (fault) this.#problems.begin(`scrape ${scraper.name}`, new Error(fault.message), fault.code);
      else this.#problems.end(`scrape ${scraper.name}`);
    }
  }

  /** What is in none of the sources that were asked for it. The first of them says so. */
  #absence(scraper: Scraper): ScrapeFault | undefined {
    const lost = scraper.missing.filter((field) => {
      const asked = this.#scrapers.filter((other) => other.asksFor(field));
      return asked[0] === scraper && asked.every((other) => other.missing.includes(field));
    });
    if (lost.length === 0) return undefined;
    return { code: 'scrape_number', message: `${scraper.name}: no ${lost.join(', ')} there` };
  }
}
