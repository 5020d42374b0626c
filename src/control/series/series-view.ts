import { type Packed, unpacked } from '../cells/packed.ts';
import { CODE_CLASSES } from '../cells/pool-cells.ts';
import type { TrafficSecond, TrafficView } from '../views/views.ts';
import { connectionsIn, type PlaneLoad } from './plane-load.ts';
import { LATENCY_BOUNDS_MS, LATENCY_ROWS, ROWS, SECOND, SERIES_CELLS } from './series-cells.ts';

const SHOWN = 60;

export interface SeriesMoment {
  /** Epoch ms. */
  readonly now: number;
  /** Epoch ms since when it is counted: there is nothing to show from before. */
  readonly since: number;
  /** Whole seconds by which what others have counted may be late. */
  readonly late: number;
}

const EMPTY = new Float64Array(SECOND.size);

const rowOf = (cells: Float64Array, second: number): Float64Array => {
  const base = (second % ROWS) * SECOND.size;
  return cells[base + SECOND.stamp] === second ? cells.subarray(base, base + SECOND.size) : EMPTY;
};

const secondView = (row: Float64Array): TrafficSecond => {
  const classes = CODE_CLASSES.map((name, i) => [name, row[SECOND.classes + i] ?? 0] as const);
  return {
    requests: classes.reduce((sum, [, count]) => sum + count, 0),
    byClass: Object.fromEntries(classes),
    bytesIn: row[SECOND.bytesIn] ?? 0,
    bytesOut: row[SECOND.bytesOut] ?? 0,
    latency: Array.from(row.subarray(SECOND.latency, SECOND.latency + LATENCY_ROWS)),
  };
};

/** The last minute for people: full seconds alone, so that the last one is not too low. */
export const trafficView = (
  series: Packed,
  load: PlaneLoad,
  { now, since, late }: SeriesMoment,
): TrafficView => {
  const cells = unpacked(series, SERIES_CELLS);
  const end = Math.floor(now / 1000) - late;
  const begin = Math.max(end - SHOWN, Math.floor(since / 1000));
  const seconds: TrafficSecond[] = [];
  for (let second = begin; second < end; second++) seconds.push(secondView(rowOf(cells, second)));
  return {
    at: end * 1000,
    seconds,
    latencyBoundsMs: LATENCY_BOUNDS_MS,
    inFlight: load.inFlight,
    tunnels: load.tunnels,
    openConnections: connectionsIn(load),
  };
};
