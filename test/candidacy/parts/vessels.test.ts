import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Vessels } from '../../../candidacy/parts/vessels.ts';

type Given = readonly (readonly [number, number | undefined])[];

const filled = (given: Given): Vessels => {
  const vessels = new Vessels();
  vessels.clear(given.length);
  for (const [capacity, requests] of given) vessels.add(capacity, requests);
  vessels.fillUnknown();
  return vessels;
};

describe('Vessels', () => {
  it.each<[string, Given, number, number]>([
    ['one takes all', [[1, 3]], 2, 5],
    [
      'the lowest takes all below the next',
      [
        [1, 0],
        [1, 5],
      ],
      3,
      3,
    ],
    [
      'two share above it',
      [
        [1, 0],
        [1, 5],
      ],
      7,
      6,
    ],
    [
      'a wider one takes more',
      [
        [1, 0],
        [3, 0],
      ],
      8,
      2,
    ],
    [
      'one that is not known stands at the mean',
      [
        [1, 0],
        [1, 8],
        [1, undefined],
      ],
      8,
      6,
    ],
  ])('%s', (_, given, added, level) => {
    expect(filled(given).levelWith(added)).toBeCloseTo(level, 12);
  });

  it.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('let nothing flow into one with %d requests', (odd) => {
    const vessels = filled([
      [1, odd],
      [1, 5],
    ]);
    const level = vessels.levelWith(10);
    expect([level, vessels.inflow(0, level), vessels.inflow(1, level)]).toEqual([15, 0, 10]);
  });

  it('take what is added, all of it, and none is lowered', () => {
    const one = fc.tuple(
      fc.double({ min: 0.1, max: 64, noNaN: true }),
      fc.option(fc.double({ min: 0, max: 1e4, noNaN: true }), { nil: undefined }),
    );
    fc.assert(
      fc.property(
        fc.array(one, { minLength: 1, maxLength: 40 }),
        fc.double({ min: 1, max: 1e5, noNaN: true }),
        (given, added) => {
          const vessels = filled(given);
          const level = vessels.levelWith(added);
          let sum = 0;
          given.forEach((_, i) => {
            expect(vessels.inflow(i, level)).toBeGreaterThanOrEqual(0);
            sum += vessels.inflow(i, level);
          });
          expect(Math.abs(sum - added) / added).toBeLessThan(1e-6);
        },
      ),
      { seed: 7 },
    );
  });

  it('take nothing where there is no capacity', () => {
    const vessels = filled([
      [0, 3],
      [0, undefined],
    ]);
    const level = vessels.levelWith(5);
    expect([vessels.inflow(0, level) > 0, vessels.inflow(1, level) > 0]).toEqual([false, false]);
  });
});
