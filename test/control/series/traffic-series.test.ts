import { describe, expect, it } from 'vitest';
import { NO_LOAD } from '../../../src/control/series/plane-load.ts';
import { LATENCY_BOUNDS_MS, LATENCY_ROWS, latencyRowAt } from '../../../src/control/series/series-cells.ts';
import { trafficView } from '../../../src/control/series/series-view.ts';
import { sumSeries, TrafficSeries } from '../../../src/control/series/traffic-series.ts';
import type { TrafficView } from '../../../src/control/views/views.ts';

/** Epoch ms that goes with monotonic 0: in the middle of nothing, and no whole second. */
const OFFSET = 1_700_000_000_250;

const aSeries = (): TrafficSeries => new TrafficSeries(() => OFFSET);

const end = (series: TrafficSeries, at: number, facts: { status?: number; duration?: number } = {}): void => {
  const { status = 200, duration = 4 } = facts;
  series.finished({ status, duration, startedAt: at - duration, bytesIn: 10, bytesOut: 100 });
};

const viewOf = (series: Parameters<typeof trafficView>[0], at: number, since = 0): TrafficView =>
  trafficView(series, NO_LOAD, { now: OFFSET + at, since: OFFSET + since, late: 0 });

const counts = (view: TrafficView): readonly number[] => view.seconds.map(({ requests }) => requests);

describe('the traffic series', () => {
  it('counts what ended in each second, and leaves out the one that is not over', () => {
    const series = aSeries();
    end(series, 100);
    end(series, 200);
    end(series, 800);
    end(series, 1800);
    expect(counts(viewOf(series.take(), 1900))).toEqual([2, 1]);
  });

  it('says what became of requests, in bytes and classes', () => {
    const series = aSeries();
    end(series, 100);
    end(series, 100, { status: 503 });
    end(series, 100, { status: 0 });
    const [second] = viewOf(series.take(), 1000).seconds;
    expect(second?.byClass).toEqual({ '1xx': 0, '2xx': 1, '3xx': 0, '4xx': 0, '5xx': 1, none: 1 });
    expect([second?.bytesIn, second?.bytesOut]).toEqual([30, 300]);
  });

  it('says how long they took, in rows between the bounds that it names', () => {
    const series = aSeries();
    for (const duration of [0.1, 0.5, 0.6, 59_000, 61_000]) end(series, 100, { duration });
    const view = viewOf(series.take(), 1000);
    const latency = view.seconds[0]?.latency ?? [];
    expect(view.latencyBoundsMs).toHaveLength(LATENCY_ROWS - 1);
    expect(latency).toHaveLength(LATENCY_ROWS);
    expect([latency[0], latency[1], latency[22], latency[23]]).toEqual([2, 1, 1, 1]);
  });

  it('has bounds that rise, from half a millisecond to a minute', () => {
    expect(LATENCY_BOUNDS_MS.toSorted((a, b) => a - b)).toEqual(LATENCY_BOUNDS_MS);
    expect([LATENCY_BOUNDS_MS[0], LATENCY_BOUNDS_MS.at(-1)]).toEqual([0.5, 60_000]);
    expect(latencyRowAt(Number.POSITIVE_INFINITY)).toBe(LATENCY_ROWS - 1);
  });

  it('shows a minute, with nothing for seconds in which nothing ended', () => {
    const series = aSeries();
    end(series, 100);
    end(series, 90_000);
    const shown = counts(viewOf(series.take(), 100_000));
    expect(shown).toHaveLength(60);
    expect(shown.reduce((sum, count) => sum + count, 0)).toBe(1);
  });

  it('shows no second from before it was counted', () => {
    const series = aSeries();
    end(series, 5000);
    expect(counts(viewOf(series.take(), 6000, 4000))).toEqual([0, 1]);
  });

  it('forgets a second when its row is taken by a later one', () => {
    const series = aSeries();
    end(series, 100);
    end(series, 64_100);
    expect(counts(viewOf(series.take(), 65_000)).reduce((sum, count) => sum + count, 0)).toBe(1);
  });

  it('is summed over processes by second, however far each has come', () => {
    const [one, two] = [aSeries(), aSeries()];
    end(one, 100);
    end(two, 100);
    end(two, 64_100);
    const sum = sumSeries([one.take(), two.take()]);
    expect(counts(viewOf(sum, 65_000)).at(-1)).toBe(1);
    end(one, 64_200);
    expect(counts(viewOf(sumSeries([one.take(), two.take()]), 65_000)).at(-1)).toBe(2);
    expect(counts(viewOf(sumSeries([two.take(), one.take()]), 65_000)).at(-1)).toBe(2);
  });
});
