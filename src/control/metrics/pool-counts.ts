import type { FinishedExchange } from '../../core/exchange.ts';
import type { FailureReason } from '../../core/types.ts';
import { grouped } from '../cells/grouped.ts';
import { add, type Packed, packed, sumPacked } from '../cells/packed.ts';
import {
  type CountedReason,
  codeClassAt,
  durationBucketAt,
  HEDGE_RESULTS,
  POOL,
  PROBE_RESULTS,
  REQUEST_CELLS,
  reasonAt,
  requestCellAt,
  SERVER,
  terminationAt,
} from '../cells/pool-cells.ts';
import { ResponseTimes } from '../cells/response-times.ts';

/** The name under which requests are counted that matched no route. */
export const NO_POOL = '';
const SWITCHED = 101;
/** Where no listener of ours took a request: the server is the application's. */
const NO_LISTENER = 'application';

/** What is counted of an exchange. */
export type CountedExchange = Pick<
  FinishedExchange,
  | 'listener'
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

/** The requests that came in by one listener. */
export interface ListenerSnapshot {
  readonly listener: string;
  /** As requestCellAt lays them out. */
  readonly cells: Packed;
}

export interface PoolSnapshot {
  /** NO_POOL for requests that matched no route. */
  readonly name: string;
  /** As POOL lays them out. */
  readonly cells: Packed;
  readonly listeners: readonly ListenerSnapshot[];
  /** Times of whole requests in the last full window of 30 s and since. */
  readonly lately: Packed;
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
  readonly #listeners = new Map<string, Float64Array>();
  #times: ResponseTimes | undefined = undefined;

  constructor(name: string) {
    this.#name = name;
  }

  finished(exchange: CountedExchange): void {
    const { status, duration, attempts, server } = exchange;
    const cells = this.#cells;
    const codeClass = codeClassAt(status);
    add(this.#listener(exchange.listener ?? NO_LISTENER), requestCellAt(exchange.method, status), 1);
    // A tunnel is as long as its client likes.
    if (status !== SWITCHED) this.#took(duration, exchange.startedAt + duration);
    add(cells, POOL.ends + terminationAt(exchange.termination), 1);
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
      listeners: [...this.#listeners].map(([listener, cells]) => ({ listener, cells: packed(cells) })),
      lately: this.#times?.lately(now) ?? new Float64Array(),
      servers: [...this.#servers].map(([id, { cells, times }]) => ({
        id,
        cells: packed(cells),
        window: times?.take(now) ?? new Float64Array(),
      })),
    };
  }

  #took(ms: number, now: number): void {
    this.#times ??= new ResponseTimes(now);
    this.#times.record(ms, now);
  }

  #listener(name: string): Float64Array {
    const known = this.#listeners.get(name);
    if (known) return known;
    const fresh = new Float64Array(REQUEST_CELLS);
    this.#listeners.set(name, fresh);
    return fresh;
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

const sumListeners = (listeners: readonly ListenerSnapshot[]): readonly ListenerSnapshot[] =>
  [...grouped(listeners, ({ listener }) => listener)].map(([listener, same]) => ({
    listener,
    cells: sumPacked(same.map(({ cells }) => cells)),
  }));

/** The sum over several processes. */
export const sumPools = (pools: readonly PoolSnapshot[]): readonly PoolSnapshot[] =>
  [...grouped(pools, ({ name }) => name)].map(([name, same]) => ({
    name,
    cells: sumPacked(same.map(({ cells }) => cells)),
    listeners: sumListeners(same.flatMap(({ listeners }) => listeners)),
    lately: sumPacked(same.map(({ lately }) => lately)),
    servers: sumServers(same.flatMap(({ servers }) => servers)),
  }));
