import type { Server } from '../../src/core/types.ts';

/** Finds servers of one list by slot. The list is read once, for as long as it is the very same; it must not change. */
export class Places {
  #list: readonly Server[] | undefined;
  #places = new Int32Array(0);

  /** The server of this slot; undefined if the list has none. */
  find(list: readonly Server[], slot: number): Server | undefined {
    if (list !== this.#list) this.#read(list);
    const place = this.#places[slot] ?? 0;
    return place === 0 ? undefined : list[place - 1];
  }

  #read(list: readonly Server[]): void {
    let highest = 0;
    for (const { slot } of list) highest = Math.max(highest, slot);
    if (this.#places.length <= highest) this.#places = new Int32Array(2 * highest + 2);
    else this.#places.fill(0);
    list.forEach(({ slot }, i) => {
      this.#places[slot] = i + 1;
    });
    this.#list = list;
  }
}
