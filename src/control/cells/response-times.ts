import { type Packed, packed, sumPacked } from './packed.ts';

/** Quantiles are those of the last full window: short enough to follow a change, long enough for a p99. */
const WINDOW_MS = 30_000;
/** Times are kept in tenths of a millisecond, up to ten minutes. */
const TICKS_PER_MS = 10;
const HIGHEST_TICKS = 600_000 * TICKS_PER_MS;
/**
 * Log-linear, as in HdrHistogram: ticks below 256 have a cell each, every doubling above has 128. So a cell is never
 * wider than 1/128 of its value, which is two digits exact.
 */
const HALF_BITS = 7;
const HALF = 1 << HALF_BITS;
/** Up to 25 ms: most servers never need more, and few need all 2,176 cells. */
const FIRST_CELLS = 2 * HALF;

/** Quantiles that a summary shows, as fractions. */
export const QUANTILES = [0.5, 0.9, 0.99] as const;

const cellOf = (ms: number): number => {
  const ticks = Math.min(HIGHEST_TICKS, Math.max(1, Math.round(ms * TICKS_PER_MS)));
  const doublings = Math.max(0, 31 - HALF_BITS - Math.clz32(ticks));
  return (doublings << HALF_BITS) + (ticks >> doublings);
};

const MOST_CELLS = cellOf(Number.POSITIVE_INFINITY) + 1;

/** The longest time that falls into a cell, ms. */
const longestIn = (cell: number): number => {
  const doublings = Math.max(0, (cell >> HALF_BITS) - 1);
  const ticks = ((cell - (doublings << HALF_BITS) + 1) << doublings) - 1;
  return ticks / TICKS_PER_MS;
};

/** Response times of one server in windows of 30 s. */
export class ResponseTimes {
  #cells = new Uint32Array(FIRST_CELLS);
  #last: Packed | undefined = undefined;
  #since: number;

  /** `now` here and below: monotonic milliseconds. */
  constructor(now: number) {
    this.#since = now;
  }

  record(ms: number, now: number): void {
    if (now - this.#since >= WINDOW_MS) this.#roll(now);
    const cell = cellOf(ms);
    if (cell >= this.#cells.length) this.#grow(cell);
    this.#cells[cell] = (this.#cells[cell] as number) + 1;
  }

  /** The last full window; before the first has ended, what there is of it. Windows of several servers can be summed. */
  take(now: number): Packed {
    if (now - this.#since >= WINDOW_MS) this.#roll(now);
    return this.#last ?? packed(this.#cells);
  }

  /** The last full window and what came since: 30 s at least once they have gone by, 60 s at most. */
  lately(now: number): Packed {
    if (now - this.#since >= WINDOW_MS) this.#roll(now);
    return this.#last ? sumPacked([this.#last, packed(this.#cells)]) : packed(this.#cells);
  }

  #grow(cell: number): void {
    let size = this.#cells.length;
    while (size <= cell) size *= 2;
    const cells = new Uint32Array(Math.min(MOST_CELLS, size));
    cells.set(this.#cells);
    this.#cells = cells;
  }

  #roll(now: number): void {
    this.#last = now - this.#since < 2 * WINDOW_MS ? packed(this.#cells) : new Float64Array();
    this.#cells.fill(0);
    this.#since = now;
  }
}

/** The cell of the answer of this rank, counted from the fastest. Undefined if there are not so many. */
const cellOfRank = (window: Packed, rank: number): number | undefined => {
  let passed = 0;
  for (let i = 0; i < window.length; i += 2) {
    passed += window[i + 1] as number;
    if (passed >= rank) return window[i];
  }
  return undefined;
};

/** How many answers are in a window. */
export const answersIn = (window: Packed): number => {
  let answers = 0;
  for (let i = 1; i < window.length; i += 2) answers += window[i] as number;
  return answers;
};

/** Seconds, in the order of QUANTILES; NaN for a window without an answer. */
export const quantilesOf = (window: Packed): readonly number[] => {
  const answers = answersIn(window);
  return QUANTILES.map((q) => {
    const cell = cellOfRank(window, Math.max(1, Math.floor(q * answers + 0.5)));
    return cell === undefined ? Number.NaN : longestIn(cell) / 1000;
  });
};
