/** The last so many of something. */
export class Ring<Item> {
  readonly #items: (Item | undefined)[];
  #next = 0;
  #size = 0;

  constructor(capacity: number) {
    this.#items = new Array(capacity);
  }

  get size(): number {
    return this.#size;
  }

  push(item: Item): void {
    this.#items[this.#next] = item;
    this.#next = (this.#next + 1) % this.#items.length;
    this.#size = Math.min(this.#size + 1, this.#items.length);
  }

  /** Newest first. */
  newest(count: number): readonly Item[] {
    const found: Item[] = [];
    for (let back = 1; back <= Math.min(count, this.#size); back++) {
      const item = this.#items[(this.#next - back + this.#items.length) % this.#items.length];
      if (item !== undefined) found.push(item);
    }
    return found;
  }
}
