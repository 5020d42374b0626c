import type { FinishedExchange } from '../../core/exchange.ts';
import type { FailureReason } from '../../core/types.ts';
import { grouped } from './grouped.ts';
import { add, type Packed, packed, sumPacked } from './packed.ts';
import {
  CODES,
  type CountedReason,
  codeAt,
  codeClassAt,
  durationBucketAt,
  HEDGE_RESULTS,
  methodAt,
  POOL,
  PROBE_RESULTS,
  reasonAt,
  SERVER,
} from './pool-cells.ts';
import { ResponseTimes } from './response-times.ts';

/** The name under which requests are counted that matched no route. */
export const NO_POOL = '';

/** What is counted of an exchange. */
export type CountedExchange = Pick<
  FinishedExchange,
  | 'pool'
  | 'server'
  | 'method'
  | 'status'
  | 'startedAt'
  | 'duration'
  | 'firstByte'
  | 'bytesIn'
  | 'bytesOut'
  | 'attempts'
  | 'hedges'
  | 'hedgesWon'
  | 'termination'
> & {
  /** Why the attempt before the last one failed. */
  readonly retryReason?: FailureReason | undefined;
};

/** What one process has counted of a server since it started. Plain data, as everything that ends in `Snapshot`. */
export interface ServerSnapshot {
  readonly id: string;
  /** As SERVER lays them out. */
  readonly cells: Packed;
  /** Times to the first byte in the last full window of 30 s. */
  readonly window: Packed;
}

export interface PoolSnapshot {
  /** NO_POOL for requests that matched no route. */
  readonly name: string;
  /** As POOL lays them out. */
  readonly cells: Packed;
  readonly servers: readonly ServerSnapshot[];
}

class ServerCounts {
  readonly cells = new Float64Array(SERVER.size);
  /** Undefined until the first answer: a window is the greater part of what a server costs here. */
  times: ResponseTimes | undefined = undefined;

  responded(ms: number, now: number): void {
    add(this.cells, SERVER.responses, 1);
    add(this.cells, SERVER.responseMs, ms);
    this.times ??= new ResponseTimes(now);
    this.times.record(ms, now);
  }
}

/** What is counted for one pool and each of its servers. */
export class PoolCounts {
  readonly #name: string;
  readonly #cells = new Float64Array(POOL.size);
  readonly #servers = new Map<string, ServerCounts>();

  constructor(name: string) {
    this.#name = name;
  }

  finished(exchange: CountedExchange): void {
    const { status, duration, attempts, server } = exchange;
    const cells = this.#cells;
    const codeClass = codeClassAt(status);
    add(cells, POOL.requests + methodAt(exchange.method) * CODES + codeAt(status), 1);
    const histogram = POOL.durations + codeClass * POOL.durationCells;
    add(cells, histogram + durationBucketAt(duration), 1);
    add(cells, histogram + POOL.durationBuckets, duration);
    add(cells, POOL.bytesIn, exchange.bytesIn);
    add(cells, POOL.bytesOut, exchange.bytesOut);
    if (attempts > 1) add(cells, POOL.retries + reasonAt(exchange.retryReason ?? 'unknown'), attempts - 1);
    if (exchange.hedges)
      add(cells, POOL.hedges + HEDGE_RESULTS.indexOf(exchange.hedgesWon ? 'won' : 'lost'), 1);
    if (exchange.termination === 'no_server') add(cells, POOL.noServer, 1);
    if (server !== undefined) this.#answered(this.#server(server), codeClass, exchange);
  }

  connectError(server: string, reason: CountedReason): void {
    add(this.#server(server).cells, SERVER.connectErrors + reasonAt(reason), 1);
  }

  probed(result: (typeof PROBE_RESULTS)[number]): void {
    add(this.#cells, POOL.probes + PROBE_RESULTS.indexOf(result), 1);
  }

  /** Forgets the servers that are in the pool no more. */
  keep(present: ReadonlySet<string>): void {
    for (const id of this.#servers.keys()) if (!present.has(id)) this.#servers.delete(id);
  }

  take(now: number): PoolSnapshot {
    return {
      name: this.#name,
      cells: packed(this.#cells),
      servers: [...this.#servers].map(([id, { cells, times }]) => ({
        id,
        cells: packed(cells),
        window: times?.take(now) ?? new Float64Array(),
      })),
    };
  }

  #server(id: string): ServerCounts {
    const known = this.#servers.get(id);
    if (known) return known;
    const fresh = new ServerCounts();
    this.#servers.set(id, fresh);
    return fresh;
  }

  #answered(counts: ServerCounts, codeClass: number, exchange: CountedExchange): void {
    const { firstByte, startedAt, duration } = exchange;
    add(counts.cells, SERVER.answers + codeClass, 1);
    if (firstByte !== undefined) counts.responded(firstByte, startedAt + duration);
  }
}

/** The sum over several processes. */
export const sumServers = (servers: readonly ServerSnapshot[]): readonly ServerSnapshot[] =>
  [...grouped(servers, ({ id }) => id)].map(([id, same]) => ({
    id,
    cells: sumPacked(same.map(({ cells }) => cells)),
    window: sumPacked(same.map(({ window }) => window)),
  }));

/** The sum over several processes. */
export const sumPools = (pools: readonly PoolSnapshot[]): readonly PoolSnapshot[] =>
  [...grouped(pools, ({ name }) => name)].map(([name, same]) => ({
    name,
    cells: sumPacked(same.map(({ cells }) => cells)),
    servers: sumServers(same.flatMap(({ servers }) => servers)),
  }));
