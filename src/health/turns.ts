/** Lets so many things be under way at a time; others wait for their turn, in the order in which they came. */
export class Turns {
  readonly #most: number;
  #open = 0;
  readonly #waiting = new Set<() => Promise<unknown>>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Things under way. */
  get open(): number {
    return this.#open;
  }

  /** Does it now or when its turn comes. It must not reject. What comes back gives its place in the line up. */
  take(run: () => Promise<unknown>): () => void {
    this.#waiting.add(run);
    this.#next();
    return () => void this.#waiting.delete(run);
  }

  #next(): void {
    for (const run of this.#waiting) {
      if (this.#open >= this.#most) return;
      this.#waiting.delete(run);
      void this.#run(run);
    }
  }

  async #run(run: () => Promise<unknown>): Promise<void> {
    this.#open += 1;
    await run();
    this.#open -= 1;
    this.#next();
  }
}
