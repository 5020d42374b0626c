import type { TrafficSecond, TrafficView } from '../../../src/control/views/views.ts';

/** Lines of a chart, as uPlot wants them: times in seconds, then a list of numbers for each line. */
export interface Lines {
  readonly names: readonly string[];
  readonly data: readonly (readonly number[])[];
}

const timesOf = ({ at, seconds }: TrafficView): readonly number[] =>
  seconds.map((_, i) => at / 1000 - (seconds.length - 1 - i));

/** Requests of every second. */
export const rateLines = (traffic: TrafficView): Lines => ({
  names: ['requests'],
  data: [timesOf(traffic), traffic.seconds.map(({ requests }) => requests)],
});

const ERRORS = ['4xx', '5xx', 'none'] as const;

/** Requests that went wrong, by class; `none` is without an answer. */
export const errorLines = (traffic: TrafficView): Lines => ({
  names: ['4xx', '5xx', 'no answer'],
  data: [timesOf(traffic), ...ERRORS.map((name) => traffic.seconds.map(({ byClass }) => byClass[name] ?? 0))],
});

/** Bytes of bodies. */
export const byteLines = (traffic: TrafficView): Lines => ({
  names: ['in', 'out'],
  data: [
    timesOf(traffic),
    traffic.seconds.map(({ bytesIn }) => bytesIn),
    traffic.seconds.map(({ bytesOut }) => bytesOut),
  ],
});

/** The last seconds in numbers. */
export interface TrafficSums {
  /** A second. */
  readonly requests: number;
  /** Part of the requests that were answered 5xx or not at all, 0..1; null without requests. */
  readonly failed: number | null;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Upper bounds of the rows in which these percentiles lie, ms; null without requests, Infinity above the last. */
  readonly p50: number | null;
  readonly p99: number | null;
}

const LATELY_SECONDS = 10;

const sum = (seconds: readonly TrafficSecond[], of: (second: TrafficSecond) => number): number =>
  seconds.reduce((total, second) => total + of(second), 0);

/** The bound below which this part of the requests took. */
const percentile = (rows: readonly number[], bounds: readonly number[], part: number): number | null => {
  const all = rows.reduce((total, row) => total + row, 0);
  if (all === 0) return null;
  let left = all * part;
  for (const [i, row] of rows.entries()) {
    left -= row;
    if (left <= 0) return bounds[i] ?? Number.POSITIVE_INFINITY;
  }
  return Number.POSITIVE_INFINITY;
};

/** Means of the last ten seconds. */
export const trafficSums = ({ seconds, latencyBoundsMs }: TrafficView): TrafficSums => {
  const last = seconds.slice(-LATELY_SECONDS);
  const length = Math.max(1, last.length);
  const requests = sum(last, (second) => second.requests);
  const failed = sum(last, ({ byClass }) => (byClass['5xx'] ?? 0) + (byClass['none'] ?? 0));
  const rows = Array.from({ length: latencyBoundsMs.length + 1 }, (_, row) =>
    sum(last, ({ latency }) => latency[row] ?? 0),
  );
  return {
    requests: requests / length,
    failed: requests > 0 ? failed / requests : null,
    bytesIn: sum(last, (second) => second.bytesIn) / length,
    bytesOut: sum(last, (second) => second.bytesOut) / length,
    p50: percentile(rows, latencyBoundsMs, 0.5),
    p99: percentile(rows, latencyBoundsMs, 0.99),
  };
};

/** Seconds across and rows of durations up of the map of latencies. */
export const HEAT_COLUMNS = 60;

/** One cell that is not empty. */
export interface HeatCell {
  /** From the left, 0..59: the newest second is the last. */
  readonly column: number;
  /** From the bottom: the shortest times are row 0. */
  readonly row: number;
  readonly requests: number;
  /** 0..1, by the logarithm: a few slow ones among thousands must be seen. */
  readonly strength: number;
}

export const heatCells = ({ seconds }: TrafficView): readonly HeatCell[] => {
  const shown = seconds.slice(-HEAT_COLUMNS);
  const most = shown.reduce((high, { latency }) => Math.max(high, ...latency), 1);
  const first = HEAT_COLUMNS - shown.length;
  return shown.flatMap(({ latency }, i) =>
    latency.flatMap((requests, row) =>
      requests > 0
        ? [
            {
              column: first + i,
              row,
              requests,
              strength: Math.log1p(requests) / Math.log1p(most),
            },
          ]
        : [],
    ),
  );
};
