import { expect, it } from 'vitest';
import { capacityOf } from '../../src/core/capacity.ts';
import { aServer } from '../../src/testing/index.ts';

const capacity = (cpus: number | undefined, arriba: number | undefined, weight = 1): number =>
  capacityOf(aServer({ stats: cpus === undefined ? {} : { cpus }, arriba, weight }));

it.each([
  [undefined, undefined, 1, 1],
  [4, undefined, 1, 4],
  [undefined, 500, 1, 0.5],
  [4, 500, 0.5, 1],
])(
  '%s cores of speed %s and weight %d can do the work of %d cores of the reference',
  (cpus, arriba, weight, all) => {
    expect(capacity(cpus, arriba, weight)).toBe(all);
  },
);

it.each([Number.NaN, 0, -4, Number.POSITIVE_INFINITY])(
  'is no number where cores, speed or weight are %d, nor where two of them are',
  (odd) => {
    const all = [capacity(odd, 1000), capacity(4, odd), capacity(4, 1000, odd), capacity(odd, odd)];
    expect(all).toEqual([Number.NaN, Number.NaN, Number.NaN, Number.NaN]);
  },
);
