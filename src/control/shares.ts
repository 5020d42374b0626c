import type { Server } from '../core/types.ts';

const SLICES = 10;
const SLICE_MS = 1000;

/** How the requests of the last ten seconds fell on the servers of their pools. */
export class Shares {
  readonly #slices: { second: number; readonly counts: Map<string, number> }[] = Array.from(
    { length: SLICES },
    () => ({
      second: -1,
      counts: new Map(),
    }),
  );

  count(server: Server, now: number): void {
    const second = Math.floor(now / SLICE_MS);
    const slice = this.#slices[second % SLICES];
    if (!slice) return;
    if (slice.second !== second) {
      slice.second = second;
      slice.counts.clear();
    }
    const key = keyOf(server);
    slice.counts.set(key, (slice.counts.get(key) ?? 0) + 1);
  }

  /** 0..1 for each server of a pool; all 0 when it had no request. */
  of(servers: readonly Server[], now: number): readonly number[] {
    const oldest = Math.floor(now / SLICE_MS) - SLICES;
    const live = this.#slices.filter(({ second }) => second > oldest);
    const sums = servers.map((server) =>
      live.reduce((sum, { counts }) => sum + (counts.get(keyOf(server)) ?? 0), 0),
    );
    const total = sums.reduce((sum, count) => sum + count, 0);
    return sums.map((count) => (total === 0 ? 0 : count / total));
  }
}

const keyOf = ({ pool, id }: Server): string => `${pool} ${id}`;
