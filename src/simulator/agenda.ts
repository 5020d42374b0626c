/**
 * When each source of events acts next, in a binary heap over typed arrays. A source has one place in it for good, which
 * moves when its time changes, so that no event is ever made, and none has to be found out of date.
 * Sources that act at the same instant act in an order that depends on what came before, and on nothing else.
 */
export class Agenda {
  /** By source; Infinity for one that has nothing to do. */
  readonly #times: Float64Array;
  /** Sources, the earliest first. */
  readonly #heap: Int32Array;
  /** By source: where it stands in the heap. */
  readonly #places: Int32Array;

  /** Sources are numbered from 0; none of them has anything to do. */
  constructor(sources: number) {
    this.#times = new Float64Array(sources).fill(Number.POSITIVE_INFINITY);
    this.#heap = new Int32Array(sources).map((_, i) => i);
    this.#places = this.#heap.slice();
  }

  /** The source that acts next. */
  get next(): number {
    return this.#heap[0] as number;
  }

  /** When it does, ms; Infinity when nothing is left to do. */
  get time(): number {
    return this.#times[this.#heap[0] as number] as number;
  }

  /** Says when a source acts next: Infinity for never. */
  set(source: number, time: number): void {
    const before = this.#times[source] as number;
    if (time === before) return;
    this.#times[source] = time;
    const place = this.#places[source] as number;
    if (time < before) this.#rise(source, time, place);
    else this.#sink(source, time, place);
  }

  #rise(source: number, time: number, from: number): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const other = this.#heap[parent] as number;
      if ((this.#times[other] as number) <= time) break;
      this.#put(other, place);
      place = parent;
    }
    this.#put(source, place);
  }

  #sink(source: number, time: number, from: number): void {
    const heap = this.#heap;
    const times = this.#times;
    const size = heap.length;
    let place = from;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= size) break;
      let other = heap[child] as number;
      const right = child + 1 < size ? (heap[child + 1] as number) : other;
      if ((times[right] as number) < (times[other] as number)) {
        child += 1;
        other = right;
      }
      if ((times[other] as number) >= time) break;
      this.#put(other, place);
      place = child;
    }
    this.#put(source, place);
  }

  #put(source: number, place: number): void {
    this.#heap[place] = source;
    this.#places[source] = place;
  }
}
