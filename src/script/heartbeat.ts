/** Positions of the two words in the shared memory. */
export const RUNNING = 0;
export const ENTRIES = 1;

/** A user's function (one version of it) that the process may be found stuck in. */
export interface WatchedFunction {
  /** From 1; 0 means that none is running. */
  readonly number: number;
  readonly name: string;
  /** Of its content, so that a mended version is not taken for the one that got stuck. */
  readonly hash: string;
}

/**
 * Tells another thread which user's function this one is in: two 32-bit words of shared memory, the number of the
 * function that runs (0: none) and a count that changes whenever a function is entered from outside, or renewed.
 * A number that stays under the same count is a function that does not return. Costs some stores per call.
 */
export class Heartbeat {
  readonly words = new Int32Array(new SharedArrayBuffer(8));
  #running = 0;
  /** What is at work while no function runs that was entered; 0 for nothing. */
  #background = 0;
  #entries = 0;
  readonly #functions: WatchedFunction[] = [];
  #listener: ((watched: WatchedFunction) => void) | undefined = undefined;

  /** The number of a function; the same one again for the same name and hash. */
  register(name: string, hash: string): number {
    const known = this.#functions.find((watched) => watched.name === name && watched.hash === hash);
    if (known) return known.number;
    const watched = { number: this.#functions.length + 1, name, hash };
    this.#functions.push(watched);
    this.#listener?.(watched);
    return watched.number;
  }

  /** Hears of every function, those registered before first. One listener; undefined takes it away. */
  listen(listener: ((watched: WatchedFunction) => void) | undefined): void {
    this.#listener = listener;
    if (listener) this.#functions.forEach(listener);
  }

  /**
   * Says that a function runs from now on. Returns what ran before: hand it to `leave`. A function entered from within
   * another does not count anew, else an endless loop round a call of another function would look alive.
   * The store of the number is atomic, so that it can be seen at once, and the count before it.
   */
  enter(number: number): number {
    const before = this.#running;
    if (before === 0) this.renew();
    this.#running = number;
    Atomics.store(this.words, RUNNING, number);
    return before;
  }

  leave(before: number): void {
    this.#running = before;
    Atomics.store(this.words, RUNNING, before === 0 ? this.#background : before);
  }

  /**
   * Says what is at work between the turns of the event loop, and is named if they stop while no other function runs; 0
   * for nothing. Whoever says so renews, for as long as the loop turns.
   */
  background(number: number): void {
    if (number === this.#background) return;
    this.#background = number;
    if (this.#running !== 0) return;
    this.renew();
    Atomics.store(this.words, RUNNING, number);
  }

  /** Starts the time anew: for work that spans turns of the event loop and lives as long as the loop turns. */
  renew(): void {
    this.#entries = (this.#entries + 1) | 0;
    this.words[ENTRIES] = this.#entries;
  }
}
