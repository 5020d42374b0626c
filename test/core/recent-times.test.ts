import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/core/random.ts';
import { RecentTimes } from '../../src/core/recent-times.ts';

/** p95 of times of which one comes each `every` ms from `from` on; and when the last one came. */
const recorded = (made: RecentTimes, times: readonly number[], every: number, from = 0): number => {
  for (const [i, ms] of times.entries()) made.record(ms, from + i * every);
  return from + times.length * every;
};

const many = (count: number, of: () => number): readonly number[] => Array.from({ length: count }, of);

describe('the p95 of recent times', () => {
  const random = seededRandom(7).next;
  it.each([
    ['times that are all the same', () => 12],
    ['uniform ones', () => 1 + 99 * random()],
    ['exponential ones', () => -20 * Math.log(1 - random())],
    ['very long ones', () => 60_000 * (1 + random())],
    ['a few that are much longer', () => (random() < 0.04 ? 5000 : 3 + random())],
  ])('%s: is right to 10 %', (_, of) => {
    const times = many(5000, of);
    const made = new RecentTimes(0.95, 0);
    const now = recorded(made, times, 1);
    const real = times.toSorted((a, b) => a - b)[Math.ceil(0.95 * times.length)]!;
    expect(made.quantile(now)! / real).toBeGreaterThan(0.95);
    expect(made.quantile(now)! / real).toBeLessThan(1.1);
  });

  it('is not known from fewer than fifty times, nor when these are long ago', () => {
    const made = new RecentTimes(0.95, 0);
    recorded(
      made,
      many(49, () => 5),
      1,
    );
    expect(made.quantile(49)).toBeUndefined();
    recorded(
      made,
      many(10, () => 5),
      1,
      50,
    );
    expect(made.quantile(200)).toBeCloseTo(5, 0);
    expect(made.quantile(60_000)).toBeUndefined();
  });

  it('follows a change within two minutes, however long the same held before', () => {
    const made = new RecentTimes(0.95, 0);
    const begun = recorded(
      made,
      many(40_000, () => 10),
      100,
    );
    expect(made.quantile(begun)).toBeCloseTo(10, 0);
    const end = recorded(
      made,
      many(1200, () => 100),
      100,
      begun,
    );
    expect(made.quantile(end)).toBeGreaterThan(95);
    const back = recorded(
      made,
      many(3000, () => 10),
      100,
      end,
    );
    expect(made.quantile(back)).toBeLessThan(11);
  });

  it.each([0, 0.05, 0.1, 599_999, 600_000, 1e9])('takes %d ms', (ms) => {
    const made = new RecentTimes(0.95, 0);
    recorded(
      made,
      many(60, () => ms),
      1,
    );
    expect(made.quantile(60)).toBeGreaterThanOrEqual(Math.min(ms, 600_000) * 0.95);
    expect(made.quantile(60)).toBeLessThanOrEqual(Math.max(0.1, Math.min(ms, 600_000) * 1.06));
  });

  it('is read ten times a second at most', () => {
    const made = new RecentTimes(0.95, 0);
    recorded(
      made,
      many(60, () => 5),
      1,
    );
    const first = made.quantile(60);
    recorded(
      made,
      many(1000, () => 500),
      0,
      61,
    );
    expect(made.quantile(120)).toBe(first);
    expect(made.quantile(160)).toBeGreaterThan(400);
  });
});
