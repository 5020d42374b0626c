import type { FinishedExchange } from '../../core/exchange.ts';
import { add, type Packed, packed, unpacked } from '../cells/packed.ts';
import { codeClassAt } from '../cells/pool-cells.ts';
import { latencyRowAt, ROWS, SECOND, SERIES_CELLS } from './series-cells.ts';

type CountedExchange = Pick<FinishedExchange, 'status' | 'startedAt' | 'duration' | 'bytesIn' | 'bytesOut'>;

/** What ended in each second of the last minute. A few additions a request; nothing is made. */
export class TrafficSeries {
  readonly #cells = new Float64Array(SERIES_CELLS);
  readonly #epochOffset: () => number;
  /** Read anew each second: the wall clock may be set. */
  #offset: number;
  #second = 0;
  #base = 0;

  /** `epochOffset`: add to monotonic ms for a date. All processes of a machine share those seconds. */
  constructor(epochOffset: () => number) {
    this.#epochOffset = epochOffset;
    this.#offset = epochOffset();
  }

  finished({ status, startedAt, duration, bytesIn, bytesOut }: CountedExchange): void {
    const second = Math.floor((startedAt + duration + this.#offset) / 1000);
    if (second > this.#second) this.#turnTo(second);
    const cells = this.#cells;
    const base = this.#base;
    add(cells, base + SECOND.bytesIn, bytesIn);
    add(cells, base + SECOND.bytesOut, bytesOut);
    add(cells, base + SECOND.classes + codeClassAt(status), 1);
    add(cells, base + SECOND.latency + latencyRowAt(duration), 1);
  }

  take(): Packed {
    return packed(this.#cells);
  }

  #turnTo(second: number): void {
    this.#offset = this.#epochOffset();
    this.#second = second;
    this.#base = (second % ROWS) * SECOND.size;
    this.#cells.fill(0, this.#base, this.#base + SECOND.size);
    this.#cells[this.#base + SECOND.stamp] = second;
  }
}

/** Adds a row to that of the same second; a later second takes the place of an earlier one. */
const addRow = (cells: Float64Array, row: Float64Array, base: number): void => {
  const stamp = row[SECOND.stamp] as number;
  const known = cells[base + SECOND.stamp] as number;
  if (stamp < known) return;
  if (stamp > known) {
    cells.set(row, base);
    return;
  }
  for (let i = SECOND.stamp + 1; i < SECOND.size; i++) add(cells, base + i, row[i] as number);
};

/** The sum over several processes, second by second. */
export const sumSeries = (series: readonly Packed[]): Packed => {
  const [only, ...more] = series;
  if (only && more.length === 0) return only;
  const cells = new Float64Array(SERIES_CELLS);
  for (const pairs of series) {
    const own = unpacked(pairs, SERIES_CELLS);
    for (let base = 0; base < SERIES_CELLS; base += SECOND.size)
      addRow(cells, own.subarray(base, base + SECOND.size), base);
  }
  return packed(cells);
};
