import type { Server } from '../../src/core/types.ts';

/** A list in two, each part in its order. */
export interface Split {
  readonly tagged: readonly Server[];
  readonly others: readonly Server[];
}

/** Tells servers with a tag from others. A list that comes again is not gone through again, unless tags have changed. */
export class Tagged {
  readonly #tag: string;
  #list: readonly Server[] | undefined = undefined;
  /** The sets of tags that the servers of the list had: whoever changes tags makes a new set. */
  #tags: readonly ReadonlySet<string>[] = [];
  #split: Split = { tagged: [], others: [] };

  constructor(tag: string) {
    this.#tag = tag;
  }

  split(list: readonly Server[]): Split {
    if (this.#isKnown(list)) return this.#split;
    const [tagged, others]: [Server[], Server[]] = [[], []];
    for (const server of list) (server.tags.has(this.#tag) ? tagged : others).push(server);
    this.#list = list;
    this.#tags = list.map(({ tags }) => tags);
    this.#split = { tagged, others };
    return this.#split;
  }

  #isKnown(list: readonly Server[]): boolean {
    if (list !== this.#list) return false;
    for (let i = 0; i < list.length; i++) if (list[i]?.tags !== this.#tags[i]) return false;
    return true;
  }
}
