import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bestAtRandom,
  bestBy,
  keep,
  orderBy,
  pickAtRandom,
  pickWeighted,
  sample,
  sampleSize,
} from '../../src/core/making.ts';
import { seededRandom } from '../../src/core/random.ts';
import type { Server } from '../../src/core/types.ts';
import { aMoment, aServer } from '../../src/testing/index.ts';
import { ids } from './support.ts';

const farm = (size: number): readonly Server[] =>
  Array.from({ length: size }, (_, slot) => aServer({ slot, id: `s${slot}` }));

const scored = (scores: readonly number[]): readonly Server[] =>
  scores.map((score, slot) => aServer({ slot, id: `s${slot}`, latency: score }));

const byLatency = ({ latency }: Server): number => latency;

/** How far counts are from even; compare with the quantile of chi-square at one in a thousand. */
const chiSquare = (counts: readonly number[], draws: number): number => {
  const expected = draws / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
};

describe('keep', () => {
  it('keeps in order what the question is answered yes for, and explains the rest', () => {
    const run = keep(
      ({ slot }, { now }) => slot >= now,
      ({ slot }, { now }) => `${slot} < ${now}`,
    );
    expect(ids(run(farm(4), aMoment({ now: 2 })))).toBe('s2 s3');
    expect(run.reason?.(farm(1)[0]!, aMoment({ now: 2 }))).toBe('0 < 2');
    expect(keep(() => true).reason).toBeUndefined();
  });

  it('gives back the very list where nobody is dropped', () => {
    const servers = farm(3);
    expect(keep(() => true)(servers, aMoment())).toBe(servers);
  });
});

describe('orderBy', () => {
  it.each([
    [[3, 1, 2], 's1 s2 s0'],
    [[2, 1, 2, 1], 's1 s3 s0 s2'],
    [[Number.NaN, 1, Number.POSITIVE_INFINITY, 0], 's3 s1 s0 s2'],
    [[0, -0, Number.NEGATIVE_INFINITY], 's2 s0 s1'],
    [[], ''],
  ])('orders %j as %s', (scores, order) => {
    const servers = scored(scores);
    expect(ids(orderBy(byLatency)(servers, aMoment()))).toBe(order);
    expect(ids(servers)).toBe(ids(scored(scores)));
  });

  it('reads every score once', () => {
    let reads = 0;
    orderBy(({ slot }) => {
      reads += 1;
      return -slot;
    })(farm(50), aMoment());
    expect(reads).toBe(50);
  });
});

describe('bestBy', () => {
  it('finds whom orderBy puts first, whatever the scores', () => {
    const score = fc.oneof(
      fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1),
      fc.double(),
    );
    fc.assert(
      fc.property(fc.array(score, { maxLength: 12 }), (scores) => {
        const servers = scored(scores);
        expect(bestBy(servers, aMoment(), byLatency)).toBe(orderBy(byLatency)(servers, aMoment())[0]);
      }),
    );
  });
});

describe('bestAtRandom', () => {
  const score = fc.oneof(
    fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1),
    fc.double(),
  );

  it('finds one that is equal to whom orderBy puts first, whatever the scores', () => {
    fc.assert(
      fc.property(fc.array(score, { maxLength: 12 }), fc.nat(), (scores, seed) => {
        const servers = scored(scores);
        const best = bestAtRandom(servers, aMoment({ seed }), byLatency);
        const first = orderBy(byLatency)(servers, aMoment())[0];
        expect(best === undefined).toBe(first === undefined);
        if (!best || !first || best === first) return;
        expect(orderBy(byLatency)([best, first], aMoment())[0]).toBe(best);
      }),
    );
  });

  it.each([
    ['all are equal', [3, 3, 3, 3, 3], '01234'],
    ['some are', [2, 1, 5, 1, 1], '134'],
    ['nothing is known of any', [Number.NaN, Number.POSITIVE_INFINITY, Number.NaN], '012'],
  ])('gives each of the best the same chance where %s', (_, scores, best) => {
    const servers = scored(scores);
    const moment = aMoment({ seed: 4 });
    const counts = new Map([...best].map((slot) => [Number(slot), 0]));
    for (let i = 0; i < 20_000; i++) {
      const slot = bestAtRandom(servers, moment, byLatency)?.slot ?? -1;
      counts.set(slot, (counts.get(slot) ?? 0) + 1);
    }
    expect(counts.size).toBe(best.length);
    // 18.5: one in a thousand, 4 degrees of freedom.
    expect(chiSquare([...counts.values()], 20_000)).toBeLessThan(18.5);
  });

  it.each([
    [[1, 1, 1, 1], 1],
    [[2, 1, 1, 3], 1],
    [[2, 1, 3], 0],
    [[1], 0],
    [[], 0],
  ])('of %j takes %d draws', (scores, expected) => {
    let draws = 0;
    const random = (): number => {
      draws += 1;
      return 0.999_999_999_9;
    };
    bestAtRandom(scored(scores), { ...aMoment(), random }, byLatency);
    expect(draws).toBe(expected);
  });

  it('looks at as many as there are', () => {
    const servers = farm(3000);
    expect(bestAtRandom(servers, aMoment(), ({ slot }) => -slot)?.slot).toBe(2999);
    expect(bestAtRandom(servers, { ...aMoment(), random: () => 0.5 }, () => 0)?.slot).toBe(1500);
  });
});

describe('pickAtRandom', () => {
  it('picks distinct servers, no more than there are', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.integer({ min: -2, max: 60 }), fc.integer(), (size, k, seed) => {
        const servers = farm(size);
        const picked = pickAtRandom(servers, k, seededRandom(seed).next);
        expect(picked).toHaveLength(Math.max(0, Math.min(k, size)));
        expect(new Set(picked).size).toBe(picked.length);
        expect(picked.every((server) => servers.includes(server))).toBe(true);
      }),
    );
  });

  it('picks every server equally often', () => {
    const servers = farm(10);
    const { next } = seededRandom(5);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 20_000; i++)
      for (const { slot } of pickAtRandom(servers, 3, next)) counts[slot]! += 1;
    // 27.9: one in a thousand, 9 degrees of freedom.
    expect(chiSquare(counts, 60_000)).toBeLessThan(27.9);
  });

  it('puts them into every order equally often', () => {
    const { next } = seededRandom(6);
    const counts = new Map<string, number>();
    for (let i = 0; i < 24_000; i++) {
      const order = ids(pickAtRandom(farm(4), 4, next));
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    // 49.7: one in a thousand, 23 degrees of freedom.
    expect(chiSquare([...counts.values()], 24_000)).toBeLessThan(49.7);
  });

  it('gives the same answer under the same seed, whatever was picked before', () => {
    const pick = () => ids(pickAtRandom(farm(100), 7, seededRandom(3).next));
    const first = pick();
    for (const [size, k] of [
      [5000, 5000],
      [1, 1],
      [100, 99],
      [3, 0],
    ] as const)
      pickAtRandom(farm(size), k, seededRandom(size).next);
    expect(pick()).toBe(first);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no luck');
      },
    ],
    ['is 1', () => 1],
    ['is not a number', () => Number.NaN],
  ])('is not spoiled for later by a random source that %s', (_, random) => {
    const pick = () => ids(pickAtRandom(farm(20), 20, seededRandom(3).next));
    const first = pick();
    const servers = farm(20);
    try {
      expect(servers).toEqual(expect.arrayContaining(pickAtRandom(servers, 20, random)));
    } catch (thrown) {
      expect(thrown).toMatchObject({ message: 'no luck' });
    }
    expect(pick()).toBe(first);
  });

  it('draws only as often as it picks', () => {
    let draws = 0;
    pickAtRandom(farm(2000), 8, () => {
      draws += 1;
      return 0.5;
    });
    expect(draws).toBe(8);
  });
});

describe('sample', () => {
  it.each([
    [0, 8, 8],
    [1, 1, 1],
    [2, 1, 1],
    [4, 1, 2],
    [7, 1, 2],
    [8, 1, 3],
    [100, 1, 6],
    [100, 8, 8],
    [2000, 8, 10],
  ])('of %d, with at least %d, is %d', (n, least, size) => {
    expect(sampleSize(n, least)).toBe(size);
    expect(sample(least)(farm(n), aMoment())).toHaveLength(Math.min(n, size));
  });

  it('keeps a small pool whole, in random order', () => {
    const orders = [1, 2, 3, 4, 5].map((seed) => ids(sample(8)(farm(8), aMoment({ seed }))));
    expect(new Set(orders).size).toBeGreaterThan(1);
  });
});

describe('pickWeighted', () => {
  it('puts servers first in proportion to their weights', () => {
    const servers = scored([1, 2, 5]);
    const moment = aMoment({ seed: 11 });
    const run = pickWeighted(byLatency);
    const counts = [0, 0, 0];
    for (let i = 0; i < 40_000; i++) counts[run(servers, moment)[0]!.slot]! += 1;
    const expected = [5000, 10_000, 25_000];
    const distance = counts.reduce((sum, count, i) => sum + (count - expected[i]!) ** 2 / expected[i]!, 0);
    // 13.8: one in a thousand, 2 degrees of freedom.
    expect(distance).toBeLessThan(13.8);
  });

  it.each([0, -1, Number.NaN])('puts a weight of %d last and keeps everybody', (weight) => {
    const servers = scored([weight, 1, 1]);
    for (let seed = 0; seed < 50; seed++) {
      const order = pickWeighted(byLatency)(servers, aMoment({ seed }));
      expect(order.at(-1)?.slot).toBe(0);
      expect(new Set(order).size).toBe(3);
    }
  });
});
