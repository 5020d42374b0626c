import { expect, it } from 'vitest';
import { expectedDelay } from '../../src/core/expected-delay.ts';

it.each([
  ['a free core', {}, 0, 1],
  ['one request before it', {}, 1, 2],
  ['free cores', { cpus: 4 }, 3, 1],
  ['all cores taken', { cpus: 4 }, 7, 2],
  ['half a core', { cpus: 0.5 }, 0, 2],
  ['half the speed', { cpus: 2, arriba: 500 }, 1, 2],
  ['half the weight', { weight: 0.5 }, 0, 2],
  ['no core', { cpus: 0 }, 0, Number.NaN],
  ['no speed', { arriba: 0 }, 0, Number.NaN],
])(
  'the delay with %s',
  (_, { cpus, arriba, weight = 1 }: { cpus?: number; arriba?: number; weight?: number }, requests, delay) => {
    const stats = cpus === undefined ? undefined : { cpus };
    const found = expectedDelay({ stats, arriba, weight }, requests);
    if (Number.isNaN(delay)) expect(found).toBeNaN();
    else expect(found).toBeCloseTo(delay, 9);
  },
);
