import type { Millis } from './types.ts';

/** One decision in so many is timed: two looks at a clock for each link cost more than most links do. */
const ONE_IN = 64;

/** How long the links of a chain took, by a sample that stands for all. Nothing is timed without a clock. */
export class LinkTimes {
  /** Milliseconds of each link, in their order, scaled to all decisions. */
  readonly spent: Float64Array;
  /** The links that are run now are being timed. */
  isOn = false;
  /** Monotonic milliseconds. */
  clock: (() => Millis) | undefined = undefined;
  /** Decisions until the next one that is timed, and how many that one stands for; how many this one does. */
  #left = 1;
  #weight = 1;
  #at: Millis = 0;
  #scale = 1;

  constructor(links: number) {
    this.spent = new Float64Array(links);
  }

  /** The head of the chain is run, which many decisions share: it is timed whenever it is. */
  beginHead(): void {
    if (this.clock) this.#start(this.clock, 1);
  }

  /** A decision is being made. */
  begin(): void {
    if (!this.clock || --this.#left > 0) return;
    // The first one stands for itself alone: it is slow, since nothing has been compiled yet.
    this.#start(this.clock, this.#weight);
    this.#left = ONE_IN;
    this.#weight = ONE_IN;
  }

  /** A link has ended; the next one begins. */
  ended(link: number): void {
    if (!this.clock) return;
    const now = this.clock();
    this.spent[link] = (this.spent[link] ?? 0) + (now - this.#at) * this.#scale;
    this.#at = now;
  }

  end(): void {
    this.isOn = false;
  }

  #start(clock: () => Millis, scale: number): void {
    this.#scale = scale;
    this.#at = clock();
    this.isOn = true;
  }
}
