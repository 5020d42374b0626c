import type { Pool } from '../../core/pool.ts';
import type { Millis, Server } from '../../core/types.ts';

/** An ejection that ends by the clock changes nothing on the board: it is looked at again after so long. */
const KEPT: Millis = 250;

interface Kept {
  readonly version: number;
  readonly at: Millis;
  readonly servers: readonly Server[];
}

/** Which servers of a pool are worth asking for their load: those that may get requests and are not ejected. */
export class Askable {
  readonly #kept = new WeakMap<Pool, Kept>();

  /** The same list until something changes. If all are ejected, all. */
  of(pool: Pool, now: Millis): readonly Server[] {
    const kept = this.#kept.get(pool);
    if (kept && kept.version === pool.version && Math.abs(now - kept.at) < KEPT) return kept.servers;
    const left = pool.eligible.filter((record) => pool.seenState(record, now) !== 'ejected');
    const servers = left.length > 0 && left.length < pool.eligible.length ? left : pool.eligible;
    this.#kept.set(pool, { version: pool.version, at: now, servers });
    return servers;
  }
}
