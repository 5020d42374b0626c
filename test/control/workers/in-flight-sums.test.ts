import { describe, expect, it } from 'vitest';
import { type CountPairs, InFlightSums } from '../../../src/control/workers/in-flight-sums.ts';

const pairs = (...numbers: readonly number[]): CountPairs => Int32Array.from(numbers);

const asMap = (counts: CountPairs): ReadonlyMap<number, number> => {
  const map = new Map<number, number>();
  for (let i = 0; i + 1 < counts.length; i += 2) map.set(counts[i] ?? -1, counts[i + 1] ?? -1);
  return map;
};

describe('requests under way in several workers', () => {
  it('are the sum of what each said last', () => {
    const sums = new InFlightSums();
    sums.take(1, pairs(0, 9, 5, 1));
    sums.take(1, pairs(0, 2));
    sums.take(2, pairs(0, 3, 7, 4));
    expect(asMap(sums.total())).toEqual(
      new Map([
        [0, 5],
        [7, 4],
      ]),
    );
  });

  it('are elsewhere for a worker without its own', () => {
    const sums = new InFlightSums();
    sums.take(1, pairs(0, 2, 3, 1));
    sums.take(2, pairs(0, 3));
    expect(asMap(sums.elsewhere(1))).toEqual(new Map([[0, 3]]));
    expect(asMap(sums.elsewhere(2))).toEqual(
      new Map([
        [0, 2],
        [3, 1],
      ]),
    );
    expect(asMap(sums.elsewhere(3))).toEqual(asMap(sums.total()));
  });

  it('end with their worker', () => {
    const sums = new InFlightSums();
    sums.take(1, pairs(0, 2));
    sums.take(2, pairs(0, 3));
    sums.gone(2);
    expect(asMap(sums.total())).toEqual(new Map([[0, 2]]));
    sums.gone(1);
    expect(sums.total()).toHaveLength(0);
  });
});
