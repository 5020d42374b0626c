import { createHistogram } from 'node:perf_hooks';

/** Most servers of a pool that have series of their own; the rest share one named `other`. */
export const MAX_NAMED_SERVERS = 500;
/** The name that the servers beyond the limit share. */
export const OTHER = 'other';
/** Quantiles are those of the last full window: short enough to follow a change, long enough for a p99. */
const WINDOW_MS = 30_000;
/** Response times are kept in tenths of a millisecond, two digits exact, up to ten minutes: 20 KB a server. */
const TICKS_PER_MS = 10;
const HIGHEST_TICKS = 600_000 * TICKS_PER_MS;

/** Quantiles that a summary shows, as fractions. */
export const QUANTILES = [0.5, 0.9, 0.99] as const;
export const CODE_CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx', 'none'] as const;
export type CodeClass = (typeof CODE_CLASSES)[number];

/** `2xx` of 204; `none` where no answer went out or its status is out of range. */
export const codeClassOf = (status: number): CodeClass =>
  status >= 100 && status < 600 ? (CODE_CLASSES[Math.floor(status / 100) - 1] ?? 'none') : 'none';

/** Response times of one server: sum and count since the start, quantiles of the last window of 30 s. */
export class ResponseTimes {
  sumMs = 0;
  count = 0;
  readonly #window = createHistogram({ lowest: 1, highest: HIGHEST_TICKS, figures: 2 });
  #last: readonly number[] | undefined = undefined;
  #since: number;

  constructor(now: number) {
    this.#since = now;
  }

  record(ms: number, now: number): void {
    this.#roll(now);
    this.sumMs += ms;
    this.count += 1;
    this.#window.record(Math.min(HIGHEST_TICKS, Math.max(1, Math.round(ms * TICKS_PER_MS))));
  }

  /** Seconds, in the order of QUANTILES; NaN when nothing was answered in the window. */
  quantiles(now: number): readonly number[] {
    this.#roll(now);
    return this.#last ?? this.#read();
  }

  #read(): readonly number[] {
    const empty = this.#window.count === 0;
    return QUANTILES.map((q) =>
      empty ? Number.NaN : this.#window.percentile(q * 100) / TICKS_PER_MS / 1000,
    );
  }

  #roll(now: number): void {
    const age = now - this.#since;
    // A clock that was set back begins a new window too.
    if (age >= 0 && age < WINDOW_MS) return;
    const current = this.#read();
    this.#last = age < 2 * WINDOW_MS ? current : current.map(() => Number.NaN);
    this.#window.reset();
    this.#since = now;
  }
}

/** What is counted for one server. */
export class ServerCounts {
  readonly byClass = new Map<CodeClass, number>();
  readonly connectErrors = new Map<string, number>();
  /** Undefined until the first answer, since the histogram is the greater part of what a server costs here. */
  responses: ResponseTimes | undefined = undefined;

  answered(codeClass: CodeClass): void {
    this.byClass.set(codeClass, (this.byClass.get(codeClass) ?? 0) + 1);
  }

  responded(ms: number, now: number): void {
    this.responses ??= new ResponseTimes(now);
    this.responses.record(ms, now);
  }

  connectError(reason: string): void {
    this.connectErrors.set(reason, (this.connectErrors.get(reason) ?? 0) + 1);
  }
}

/** What is counted for one pool and, up to the limit, for each of its servers. */
export class PoolCounts {
  bytesIn = 0;
  bytesOut = 0;
  readonly #servers = new Map<string, ServerCounts>();

  /** The name that a server's series carry: its id, taken at first sight while there is room. */
  claim(id: string): string {
    if (this.#servers.has(id)) return id;
    const named = this.#servers.size - (this.#servers.has(OTHER) ? 1 : 0);
    const name = named < MAX_NAMED_SERVERS ? id : OTHER;
    if (!this.#servers.has(name)) this.#servers.set(name, new ServerCounts());
    return name;
  }

  server(id: string): ServerCounts | undefined {
    return this.#servers.get(this.claim(id));
  }

  get servers(): ReadonlyMap<string, ServerCounts> {
    return this.#servers;
  }

  /** Drops the servers that are in the pool no more, so that their series end and their names are free. */
  keep(present: ReadonlySet<string>): void {
    for (const name of this.#servers.keys()) {
      const shared = name === OTHER && present.size > MAX_NAMED_SERVERS;
      if (!shared && !present.has(name)) this.#servers.delete(name);
    }
  }
}

/** What is counted, by pool. A pool has an entry from its first request or scrape until it is configured no more. */
export class Counts {
  readonly #pools = new Map<string, PoolCounts>();

  pool(name: string): PoolCounts {
    const known = this.#pools.get(name);
    if (known) return known;
    const fresh = new PoolCounts();
    this.#pools.set(name, fresh);
    return fresh;
  }

  pools(): Iterable<readonly [name: string, counts: PoolCounts]> {
    return this.#pools;
  }

  /** Drops pools, and servers of pools, that are no more. `present` holds the ids of each pool's servers. */
  keep(present: ReadonlyMap<string, ReadonlySet<string>>): void {
    for (const [name, counts] of this.#pools) {
      const servers = present.get(name);
      if (servers) counts.keep(servers);
      else this.#pools.delete(name);
    }
  }
}
