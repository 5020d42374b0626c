import type { Server } from '../core/types.ts';
import type { Attempt } from './attempt.ts';
import type { Waiting } from './waiting-line.ts';

/** Of those that wait for other servers, so many are asked whether they may go to the one that is free. */
const MOST_ASKED = 8;

/** The requests that wait for a connection to any server of one pool, in the order in which they came. */
export class PoolLine {
  readonly #all = new Set<Waiting>();

  get length(): number {
    return this.#all.size;
  }

  add(one: Waiting): void {
    this.#all.add(one);
  }

  delete(one: Waiting): void {
    this.#all.delete(one);
  }

  /** Of the eight that have waited longest, the first whose decision has this server in its ranking. */
  firstFor(server: Server): Attempt | undefined {
    let asked = 0;
    for (const { attempt } of this.#all) {
      if (attempt.mayMoveTo(server)) return attempt;
      asked += 1;
      if (asked === MOST_ASKED) return undefined;
    }
    return undefined;
  }
}

/** The line of each pool that had requests. */
export class PoolLines {
  readonly #lines = new Map<string, PoolLine>();

  of(pool: string): PoolLine {
    const known = this.#lines.get(pool);
    if (known) return known;
    const line = new PoolLine();
    this.#lines.set(pool, line);
    return line;
  }
}
