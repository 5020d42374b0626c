import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sumPacked } from '../../../src/control/cells/packed.ts';
import { QUANTILES, quantilesOf, ResponseTimes } from '../../../src/control/cells/response-times.ts';

const timesOf = (samples: readonly number[]): ResponseTimes => {
  const times = new ResponseTimes(0);
  for (const ms of samples) times.record(ms, 0);
  return times;
};

/** What the quantiles should be, from the samples themselves. */
const exactly = (samples: readonly number[]): readonly number[] => {
  const sorted = samples.toSorted((a, b) => a - b);
  return QUANTILES.map((q) => (sorted[Math.max(1, Math.floor(q * sorted.length + 0.5)) - 1] ?? 0) / 1000);
};

const TENTH_MS = 0.0001;

describe('response times', () => {
  it('are kept in tenths of a millisecond, two digits exact', () => {
    const samples = fc.array(
      fc.double({ min: 0, max: Math.log(600_000), noNaN: true }).map((power) => Math.exp(power)),
      { minLength: 1, maxLength: 200 },
    );
    fc.assert(
      fc.property(samples, (some) => {
        const wanted = exactly(some);
        quantilesOf(timesOf(some).take(0)).forEach((found, i) => {
          const exact = wanted[i] ?? Number.NaN;
          expect(Math.abs(found - exact)).toBeLessThanOrEqual(exact / 100 + TENTH_MS);
        });
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it.each([
    [0, 0.0001],
    [0.04, 0.0001],
    [25.5, 0.0255],
    [8, 0.008],
    [100, 0.1003],
    [600_000, 602.9311],
    [1e12, 602.9311],
  ])('of %d ms are shown as %d s', (ms, seconds) => {
    expect(quantilesOf(timesOf([ms]).take(0))).toEqual([seconds, seconds, seconds]);
  });

  it('are those of the window under way until one is full, then of the last full one', () => {
    const times = timesOf([1]);
    expect(quantilesOf(times.take(29_999))[0]).toBe(0.001);
    times.record(2, 30_000);
    expect(quantilesOf(times.take(30_000))[0]).toBe(0.001);
    expect(quantilesOf(times.take(60_000))[0]).toBe(0.002);
  });

  it('of long ago are nothing', () => {
    expect(quantilesOf(timesOf([1]).take(60_000))).toEqual([Number.NaN, Number.NaN, Number.NaN]);
  });

  it('of several processes give the quantiles of all answers together', () => {
    const [fast, slow] = [[1, 1, 1, 2], Array.from({ length: 8 }, (_, i) => 5000 + i)];
    const sum = sumPacked([timesOf(fast).take(0), timesOf(slow).take(0), timesOf([]).take(0)]);
    expect(quantilesOf(sum)).toEqual(quantilesOf(timesOf([...fast, ...slow]).take(0)));
  });
});
