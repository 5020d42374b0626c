import type { ServerRecord } from '../../core/server-record.ts';
import type { CountPairs } from './in-flight-sums.ts';

/** Tells the records of a board what other processes have under way at their servers. */
export class Elsewhere {
  readonly #find: (number: number) => ServerRecord | undefined;
  /** Those that were told a number above 0. */
  #busy: readonly ServerRecord[] = [];

  constructor(find: (number: number) => ServerRecord | undefined) {
    this.#find = find;
  }

  /** A server that is not named has nothing under way elsewhere. */
  set(counts: CountPairs): void {
    for (const record of this.#busy) record.setElsewhere(0);
    const busy: ServerRecord[] = [];
    for (let i = 0; i + 1 < counts.length; i += 2) {
      const record = this.#find(counts[i] ?? -1);
      if (!record) continue;
      record.setElsewhere(counts[i + 1] ?? 0);
      busy.push(record);
    }
    this.#busy = busy;
  }
}
