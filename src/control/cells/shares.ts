import type { PoolView } from '../../core/pool-view.ts';
import type { Server } from '../../core/types.ts';
import { grouped } from './grouped.ts';

const SLICES = 10;
const SLICE_MS = 1000;

/** How many requests each server of a pool got in the last ten seconds. */
export interface RecentSnapshot {
  readonly pool: string;
  readonly servers: readonly { readonly id: string; readonly count: number }[];
}

/** Says how the requests of the last ten seconds fell on servers. */
export interface ShareSource {
  /** 0..1 for each server of a pool; all 0 when it had no request. */
  of(servers: readonly Server[], now: number): readonly number[];
}

/** The requests of one server by second. */
class Recent {
  readonly #slices = new Uint32Array(SLICES);
  #second: number;

  constructor(second: number) {
    this.#second = second;
  }

  count(second: number): void {
    if (second !== this.#second) this.#goOn(second);
    const at = second % SLICES;
    this.#slices[at] = (this.#slices[at] as number) + 1;
  }

  sum(second: number): number {
    if (second !== this.#second) this.#goOn(second);
    return this.#slices.reduce((sum, count) => sum + count, 0);
  }

  /** Empties the slices of the seconds since. */
  #goOn(second: number): void {
    for (let at = Math.max(this.#second, second - SLICES) + 1; at <= second; at++)
      this.#slices[at % SLICES] = 0;
    this.#second = second;
  }
}

const secondOf = (now: number): number => Math.floor(now / SLICE_MS);

/** How many seconds the counts of the last ten seconds are of: the one that runs is not over. */
export const coveredSeconds = (now: number): number => SLICES - 1 + (now % SLICE_MS) / SLICE_MS;

const parts = (counts: readonly number[]): readonly number[] => {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => (total === 0 ? 0 : count / total));
};

/** Counts how the requests of the last ten seconds fell on the servers of their pools. Times are monotonic ms. */
export class Shares implements ShareSource {
  readonly #recent = new Map<Server, Recent>();

  count(server: Server, now: number): void {
    const second = secondOf(now);
    let recent = this.#recent.get(server);
    if (!recent) {
      recent = new Recent(second);
      this.#recent.set(server, recent);
    }
    recent.count(second);
  }

  of(servers: readonly Server[], now: number): readonly number[] {
    const second = secondOf(now);
    return parts(servers.map((server) => this.#recent.get(server)?.sum(second) ?? 0));
  }

  /** Forgets the servers that are in these pools no more. */
  keep(pools: ReadonlyMap<string, PoolView>): void {
    for (const server of this.#recent.keys())
      if (pools.get(server.pool)?.table[server.slot] !== server) this.#recent.delete(server);
  }

  take(now: number): readonly RecentSnapshot[] {
    const second = secondOf(now);
    return [...grouped([...this.#recent], ([server]) => server.pool)].map(([pool, servers]) => ({
      pool,
      servers: servers.map(([{ id }, recent]) => ({ id, count: recent.sum(second) })),
    }));
  }
}

/** The sum over several processes. */
export const sumRecent = (snapshots: readonly RecentSnapshot[]): readonly RecentSnapshot[] =>
  [...grouped(snapshots, ({ pool }) => pool)].map(([pool, same]) => ({
    pool,
    servers: [
      ...grouped(
        same.flatMap(({ servers }) => servers),
        ({ id }) => id,
      ),
    ].map(([id, counts]) => ({ id, count: counts.reduce((sum, { count }) => sum + count, 0) })),
  }));

/** The shares that these counts give. */
export const sharesOf = (snapshots: readonly RecentSnapshot[]): ShareSource => {
  const byPool = new Map(
    snapshots.map(({ pool, servers }) => [pool, new Map(servers.map(({ id, count }) => [id, count]))]),
  );
  return { of: (servers) => parts(servers.map(({ pool, id }) => byPool.get(pool)?.get(id) ?? 0)) };
};
