import type { Millis } from '../core/types.ts';

/**
 * Things that all take the same time to arrive, in the order in which they were sent: a ring that grows. Cheaper than an
 * agenda, which would have to sort what is in order already.
 */
export class DelayLine<Thing> {
  readonly #delay: Millis;
  readonly #filler: Thing;
  #times = new Float64Array(64);
  #things: Thing[];
  #head = 0;
  #size = 0;

  /** `filler`: stands where nothing is. */
  constructor(delay: Millis, filler: Thing) {
    this.#delay = delay;
    this.#filler = filler;
    this.#things = new Array<Thing>(64).fill(filler);
  }

  /** When the first thing arrives; Infinity when nothing is under way. */
  get time(): Millis {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : (this.#times[this.#head] as number);
  }

  /** The first thing. */
  get first(): Thing {
    return this.#things[this.#head] as Thing;
  }

  send(thing: Thing, now: Millis): void {
    if (this.#size === this.#times.length) this.#grow();
    const at = (this.#head + this.#size) & (this.#times.length - 1);
    this.#times[at] = now + this.#delay;
    this.#things[at] = thing;
    this.#size += 1;
  }

  /** Takes the first thing out. There must be one. */
  take(): Thing {
    const thing = this.first;
    this.#things[this.#head] = this.#filler;
    this.#head = (this.#head + 1) & (this.#times.length - 1);
    this.#size -= 1;
    return thing;
  }

  #grow(): void {
    const size = this.#times.length;
    const times = new Float64Array(2 * size);
    const things = new Array<Thing>(2 * size).fill(this.#filler);
    for (let i = 0; i < size; i++) {
      const at = (this.#head + i) & (size - 1);
      times[i] = this.#times[at] as number;
      things[i] = this.#things[at] as Thing;
    }
    this.#times = times;
    this.#things = things;
    this.#head = 0;
  }
}
