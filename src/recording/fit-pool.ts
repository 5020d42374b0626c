import type { News, PoolTap } from '../core/board-tap.ts';
import type { InBand } from '../core/observed.ts';
import type { Pool } from '../core/pool.ts';
import type { ServerRecord } from '../core/server-record.ts';
import type { Millis, Outcome } from '../core/types.ts';

/** What was seen of one server. */
export interface FittedServer {
  /** As its agent said last, or on average; undefined if it never did. */
  readonly cores: number | undefined;
  readonly arriba: number | undefined;
  /** Times to the first byte of answers while it had less to do than it has cores, ms. */
  readonly services: readonly number[];
  /** Most of its requests failed. */
  readonly isFailing: boolean;
}

interface Seen {
  cores: number | undefined;
  arribas: number;
  arribaSum: number;
  readonly services: number[];
  requests: number;
  failures: number;
  heardAt: Millis;
}

/** Times that are kept of a server. */
const MOST_SERVICES = 20_000;
/** Cores of a server that says nothing of them. */
export const GUESSED_CORES = 4;

/** Gathers what a pool was like while its events are told. */
export class FitPool implements PoolTap {
  /** Summed over runs. */
  decisions = 0;
  proxies = 1;
  /** Reports that came with answers. */
  answers = 0;
  #probes = 0;
  readonly #servers = new Map<string, Seen>();
  readonly #runs = new Map<string, { from: Millis; to: Millis; decisions: number }>();
  #run = '';
  #gaps = 0;
  #gapSum = 0;
  #reports = 0;
  #delaySum = 0;

  /** Listens to this pool from now on. */
  follow(pool: Pool, run: string): void {
    pool.tap = this;
    this.#run = run;
    for (const { id, stats, arriba } of pool.servers) {
      const seen = this.#of(id);
      seen.cores ??= stats?.cpus;
      if (seen.arribas === 0 && arriba !== undefined) addArriba(seen, arriba);
    }
  }

  decided(now: Millis, proxies: number): void {
    this.decisions += 1;
    this.proxies = Math.max(this.proxies, proxies);
    const run = this.#runs.get(this.#run) ?? { from: now, to: now, decisions: 0 };
    run.to = Math.max(run.to, now);
    run.decisions += 1;
    this.#runs.set(this.#run, run);
  }

  /** The longest time over which a run decided, ms. */
  get span(): Millis {
    return Math.max(0, ...[...this.#runs.values()].map(({ from, to }) => to - from));
  }

  /** Requests per ms of all proxies: runs are workers, and the other proxies do as this one. */
  get rate(): number {
    let sum = 0;
    for (const { from, to, decisions } of this.#runs.values()) if (to > from) sum += decisions / (to - from);
    return sum * this.proxies;
  }

  get reportEvery(): Millis | undefined {
    return this.#gaps > 0 ? this.#gapSum / this.#gaps : undefined;
  }

  get reportDelay(): Millis | undefined {
    return this.#reports > 0 ? this.#delaySum / this.#reports : undefined;
  }

  /** Probes for each decision. */
  get probes(): number {
    return this.#probes / Math.max(1, this.decisions);
  }

  servers(): readonly FittedServer[] {
    return [...this.#servers.values()].map(({ cores, arribas, arribaSum, services, requests, failures }) => ({
      cores,
      arriba: arribas > 0 ? arribaSum / arribas : undefined,
      services,
      isFailing: requests >= 10 && failures > requests / 2,
    }));
  }

  begun(): void {}

  ended({ id, inFlight, stats }: ServerRecord, outcome: Outcome): void {
    const seen = this.#of(id);
    seen.requests += 1;
    const isGood = outcome.kind === 'answered' && outcome.status < 500;
    if (!isGood) {
      if (outcome.kind === 'answered' || outcome.side === 'server') seen.failures += 1;
      return;
    }
    const busy = Math.max(inFlight * this.proxies, stats?.inFlight ?? 0);
    if (busy < (seen.cores ?? GUESSED_CORES) && seen.services.length < MOST_SERVICES)
      seen.services.push(outcome.firstByte);
  }

  heard({ id }: ServerRecord, { stats, heardAt }: News, now: Millis): void {
    const seen = this.#of(id);
    if (heardAt > seen.heardAt && seen.heardAt > Number.NEGATIVE_INFINITY) {
      this.#gaps += 1;
      this.#gapSum += heardAt - seen.heardAt;
    }
    seen.heardAt = heardAt;
    this.#reports += 1;
    this.#delaySum += now - heardAt;
    seen.cores = stats.cpus ?? seen.cores;
    if (stats.arriba !== undefined) addArriba(seen, stats.arriba);
  }

  heardInBand({ id }: ServerRecord, { stats, by }: InBand): void {
    if (by === 'probe') this.#probes += 1;
    else this.answers += 1;
    const seen = this.#of(id);
    seen.cores ??= stats.cpus;
    if (stats.arriba !== undefined) addArriba(seen, stats.arriba);
  }

  lapsed(): void {}
  elsewhere(): void {}
  set(): void {}
  checked(): void {}
  retagged(): void {}
  announced(): void {}
  discovered(): void {}
  forgot(): void {}

  #of(id: string): Seen {
    const known = this.#servers.get(id);
    if (known) return known;
    const seen: Seen = {
      ...{ cores: undefined, arribas: 0, arribaSum: 0, services: [], requests: 0, failures: 0 },
      heardAt: Number.NEGATIVE_INFINITY,
    };
    this.#servers.set(id, seen);
    return seen;
  }
}

const addArriba = (seen: Seen, arriba: number): void => {
  seen.arribas += 1;
  seen.arribaSum += arriba;
};
