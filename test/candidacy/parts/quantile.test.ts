import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantile } from '../../../candidacy/parts/quantile.ts';

describe('quantile', () => {
  it.each([
    [0, 1],
    [0.2, 1],
    [0.21, 2],
    [0.5, 3],
    [0.6, 3],
    [0.61, 4],
    [1, 5],
  ])('of 1 to 5 at %d is %d', (share, expected) => {
    expect(quantile(Float64Array.of(3, 1, 5, 2, 4), 5, share)).toBe(expected);
  });

  it('of nothing is not a number', () => {
    expect(quantile(Float64Array.of(1, 2), 0, 0.5)).toBeNaN();
  });

  it('is what stands at that rank when all are in order, whatever stands behind them', () => {
    const values = fc.array(fc.oneof(fc.nat(5), fc.double({ noNaN: true })), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (list, share) => {
        const sorted = list.toSorted((a, b) => a - b);
        const rank = Math.max(0, Math.ceil(share * list.length) - 1);
        const given = Float64Array.from([...list, Number.NEGATIVE_INFINITY, 7]);
        expect(quantile(given, list.length, share) - sorted[rank]! || 0).toBe(0);
        expect(given.slice(0, list.length).sort()).toEqual(Float64Array.from(list).sort());
      }),
      { seed: 7 },
    );
  });
});
