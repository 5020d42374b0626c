import type { Server } from '../../src/core/types.ts';
import type { WeightOf } from './affinity-weight.ts';
import { type MaglevTable, maglevTable } from './maglev-table.ts';

/** Tables that are kept: a canary, or a zone that spills over, makes a chain go to and fro between a few lists. */
const MOST_KEPT = 4;

/** The paper wants a hundred slots a server; 16381 is the largest prime below 2^14, 65537 the one that Envoy takes. */
const SIZES = { most: 160, few: 16_381, many: 65_537 };

interface Kept {
  /** The list that was seen last with these ids and weights. */
  list: readonly Server[];
  readonly ids: readonly string[];
  readonly weights: Float64Array;
  readonly table: MaglevTable;
}

/** Tables by what they are made of: ids and weights of a list. A list that has the same ones gets the same table. */
export class MaglevTables {
  readonly #weightOf: WeightOf;
  readonly #size: number | undefined;
  readonly #areWeightsLive: boolean;
  /** The one used last comes first. */
  readonly #kept: Kept[] = [];

  /**
   * @param size of the tables; without one by the number of servers.
   * @param areWeightsLive the weights of one list can change. What was set for a server makes a new list.
   */
  constructor(weightOf: WeightOf, size: number | undefined, areWeightsLive: boolean) {
    this.#weightOf = weightOf;
    this.#size = size;
    this.#areWeightsLive = areWeightsLive;
  }

  /** Its places are those in this list, which has a server at least. */
  of(list: readonly Server[]): MaglevTable {
    const kept = this.#kept;
    for (let i = 0; i < kept.length; i++) {
      const one = kept[i] as Kept;
      if (!this.#isFor(one, list)) continue;
      one.list = list;
      if (i > 0) kept.unshift(...kept.splice(i, 1));
      return one.table;
    }
    const made = this.#make(list);
    if (kept.unshift(made) > MOST_KEPT) kept.pop();
    return made.table;
  }

  #isFor({ list: seen, ids, weights }: Kept, list: readonly Server[]): boolean {
    const isSeen = seen === list;
    if (isSeen && !this.#areWeightsLive) return true;
    const { length } = list;
    if (length !== ids.length) return false;
    for (let i = 0; i < length; i++) {
      const server = list[i] as Server;
      if (!isSeen && ids[i] !== server.id) return false;
      if (weights[i] !== this.#weightOf(server)) return false;
    }
    return true;
  }

  #make(list: readonly Server[]): Kept {
    const ids = list.map(({ id }) => id);
    const weights = Float64Array.from(list, this.#weightOf);
    const fitting = list.length <= SIZES.most ? SIZES.few : SIZES.many;
    return { list, ids, weights, table: maglevTable(ids, weights, this.#size ?? fitting) };
  }
}
