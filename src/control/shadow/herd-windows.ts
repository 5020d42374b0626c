import type { Millis } from '../../core/types.ts';

/** How long one window is at least: a herd is many requests at one server before anybody hears of them. */
const WINDOW_MS: Millis = 100;
/** A window with fewer decisions goes on: of three requests the highest share says nothing. */
const LEAST_PICKS = 8;

/** How often each server was picked in one window, by slot. */
class Picks {
  #counts = new Uint32Array(64);
  readonly #picked: number[] = [];
  /** Picks of the server that has most. */
  most = 0;

  add(slot: number): void {
    if (slot >= this.#counts.length) this.#grow(slot);
    const count = (this.#counts[slot] as number) + 1;
    this.#counts[slot] = count;
    if (count === 1) this.#picked.push(slot);
    if (count > this.most) this.most = count;
  }

  empty(): void {
    for (const slot of this.#picked) this.#counts[slot] = 0;
    this.#picked.length = 0;
    this.most = 0;
  }

  #grow(slot: number): void {
    const counts = new Uint32Array(2 * slot + 2);
    counts.set(this.#counts);
    this.#counts = counts;
  }
}

/** The highest share of one server's picks in windows of 100 ms, for two chains that decide on the same requests. */
export class HerdWindows {
  readonly #live = new Picks();
  readonly #shadow = new Picks();
  readonly #closed: (live: number, shadow: number) => void;
  #picks = 0;
  #since: Millis = Number.NaN;

  /** `closed` hears, for each window, the highest share of both, 0..1. */
  constructor(closed: (live: number, shadow: number) => void) {
    this.#closed = closed;
  }

  /** Both have picked a server, by its slot. */
  picked(live: number, shadow: number, now: Millis): void {
    if (this.#picks === 0) this.#since = now;
    else if (now - this.#since >= WINDOW_MS && this.#picks >= LEAST_PICKS) this.#close(now);
    this.#picks += 1;
    this.#live.add(live);
    this.#shadow.add(shadow);
  }

  #close(now: Millis): void {
    this.#closed(this.#live.most / this.#picks, this.#shadow.most / this.#picks);
    this.#live.empty();
    this.#shadow.empty();
    this.#picks = 0;
    this.#since = now;
  }
}
