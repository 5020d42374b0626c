import { CODE_CLASSES } from '../cells/pool-cells.ts';

/** What is counted of each second stands in one row of an array: which cell counts what is said here. */

/** Rows for the seconds of the last minute, some that are being joined, and the one under way. */
export const ROWS = 64;

/** Bounds of the latency rows: from half a millisecond to a minute, each 1.7 times the one before. */
const LOWEST_MS = 0.5;
const HIGHEST_MS = 60_000;
const BOUNDS = 23;

/** Upper bounds, ms, rising; a last row is for everything above. Three digits, so that people can read them. */
export const LATENCY_BOUNDS_MS: readonly number[] = Array.from({ length: BOUNDS }, (_, i) =>
  Number((LOWEST_MS * (HIGHEST_MS / LOWEST_MS) ** (i / (BOUNDS - 1))).toPrecision(3)),
);
export const LATENCY_ROWS = BOUNDS + 1;

const BOUND_CELLS = Float64Array.from(LATENCY_BOUNDS_MS);

export const latencyRowAt = (ms: number): number => {
  let at = 0;
  while (at < BOUNDS && ms > (BOUND_CELLS[at] as number)) at += 1;
  return at;
};

export const SECOND = {
  /** Which second it is, since the epoch. */
  stamp: 0,
  bytesIn: 1,
  bytesOut: 2,
  /** By code class. */
  classes: 3,
  /** By latency row. */
  latency: 3 + CODE_CLASSES.length,
  size: 3 + CODE_CLASSES.length + LATENCY_ROWS,
} as const;

export const SERIES_CELLS = ROWS * SECOND.size;
