import { describe, expect, it } from 'vitest';
import { sortedByScore } from '../../../candidacy/parts/sorted-by-score.ts';
import { orderBy } from '../../../src/core/making.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { aMoment } from '../../../src/testing/index.ts';
import { named } from '../keyed.ts';
import { ids } from '../support.ts';

const { next } = seededRandom(3);
const ODD = [0, 1, 1e308, 1e-308, Number.NaN, Number.POSITIVE_INFINITY];

describe('sortedByScore', () => {
  it.each<[string, () => number]>([
    ['exponential', () => -Math.log(1 - next())],
    ['of unlike weights', () => -Math.log(1 - next()) / (next() < 0.5 ? 256 : 1 / 256)],
    ['equal', () => 3],
    ['all 0', () => 0],
    ['of few values', () => Math.floor(next() * 4)],
    ['odd', () => ODD[Math.floor(next() * ODD.length)] ?? 0],
    ['no numbers', () => Number.NaN],
    ['infinite', () => Number.POSITIVE_INFINITY],
  ])('puts servers in the order of orderBy where scores are %s', (_, draw) => {
    const sizes = [0, 1, 2, 3, 30, 400, 5, 0, 31];
    const drawn: number[] = [];
    const score = ({ slot }: { slot: number }) => drawn[slot] ?? 0;
    const sorted = sortedByScore(score);
    for (const n of sizes) {
      const servers = named(n);
      for (let i = 0; i < n; i++) drawn[i] = draw();
      expect(ids(sorted(servers, aMoment()))).toEqual(ids(orderBy(score)(servers, aMoment())));
    }
  });
});
