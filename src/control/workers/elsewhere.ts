import type { Board } from '../../core/board.ts';
import type { ServerRecord } from '../../core/server-record.ts';
import type { CountPairs } from './in-flight-sums.ts';

/** Tells the records of a board what other processes have under way at their servers. */
export class Elsewhere {
  readonly #board: Board;
  readonly #find: (number: number) => ServerRecord | undefined;
  /** Those that were told a number above 0. */
  #busy: ReadonlySet<ServerRecord> = new Set();

  constructor(board: Board, find: (number: number) => ServerRecord | undefined) {
    this.#board = board;
    this.#find = find;
  }

  /** A server that is not named has nothing under way elsewhere. */
  set(counts: CountPairs): void {
    const busy = new Set<ServerRecord>();
    for (let i = 0; i + 1 < counts.length; i += 2) {
      const record = this.#find(counts[i] ?? -1);
      if (!record) continue;
      this.#board.setElsewhere(record, counts[i + 1] ?? 0);
      busy.add(record);
    }
    for (const record of this.#busy) if (!busy.has(record)) this.#board.setElsewhere(record, 0);
    this.#busy = busy;
  }
}
