import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../src/core/random.ts';

describe('seededRandom', () => {
  it('gives the draws of mulberry32', () => {
    const { next } = seededRandom(1);
    expect([next(), next(), next()]).toEqual([0.6270739405881613, 0.002735721180215478, 0.5274470399599522]);
  });

  it('gives the same draws again from a seed that was read between two draws', () => {
    const random = seededRandom(99);
    random.next();
    const seed = random.seed();
    const first = [random.next(), random.next()];
    random.reseed(seed);
    expect([random.next(), random.next()]).toEqual(first);
    const { next } = seededRandom(seed);
    expect([next(), next()]).toEqual(first);
  });

  it.each([0, 1, 2 ** 31, 2 ** 32 - 1, -1])(
    'has a seed of 32 unsigned bits after starting from %d',
    (start) => {
      const random = seededRandom(start);
      for (let i = 0; i < 100; i++) {
        random.next();
        expect(random.seed()).toBe(random.seed() >>> 0);
      }
      expect(seededRandom(start).seed()).toBe(start >>> 0);
    },
  );

  it('stays within 0 <= x < 1 and fills sixteen bins evenly', () => {
    const { next } = seededRandom(7);
    const bins = new Array<number>(16).fill(0);
    const draws = 160_000;
    let outside = 0;
    for (let i = 0; i < draws; i++) {
      const draw = next();
      if (!(draw >= 0 && draw < 1)) outside += 1;
      bins[Math.floor(draw * 16)]! += 1;
    }
    expect(outside).toBe(0);
    const expected = draws / 16;
    const chiSquare = bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 37.7 is passed by one good generator in a thousand (15 degrees of freedom).
    expect(chiSquare).toBeLessThan(37.7);
  });
});
