import { describe, expect, it } from 'vitest';
import { isPrime, maglevTable } from '../../../candidacy/parts/maglev-table.ts';
import { unevenness } from '../keyed.ts';

const idsUpTo = (n: number): readonly string[] => Array.from({ length: n }, (_, i) => `10.0.0.${i}:80`);
const ones = (n: number): readonly number[] => new Array<number>(n).fill(1);

const slotsOf = (table: Uint16Array, n: number): readonly number[] => {
  const counts = new Array<number>(n).fill(0);
  for (const place of table) counts[place] = counts[place]! + 1;
  return counts;
};

describe('a Maglev table', () => {
  it.each([
    [1, 4099],
    [3, 4099],
    [16, 16_381],
    [160, 16_381],
    [655, 65_537],
  ])('of %i servers shares %i slots out evenly to within one', (n, size) => {
    const slots = slotsOf(maglevTable(idsUpTo(n), ones(n), size), n);
    expect(Math.max(...slots) - Math.min(...slots)).toBeLessThanOrEqual(1);
    expect(unevenness(slots)).toBeLessThan(0.01 + n / size);
  });

  it('gives slots by weight', () => {
    const slots = slotsOf(maglevTable(idsUpTo(4), [1, 2, 0.5, 0], 65_537), 4);
    const share = (slots: number) => slots / 65_537;
    expect(share(slots[0]!)).toBeCloseTo(1 / 3.5, 3);
    expect(share(slots[1]!)).toBeCloseTo(2 / 3.5, 3);
    expect(share(slots[2]!)).toBeCloseTo(0.5 / 3.5, 3);
    expect(slots[3]).toBe(0);
  });

  it('counts all weights as one where all are 0', () => {
    expect(unevenness(slotsOf(maglevTable(idsUpTo(3), [0, 0, 0], 4099), 3))).toBeLessThan(0.01);
  });

  it('is the same whatever the order of the servers', () => {
    const ids = idsUpTo(20);
    const weights = ids.map((_, i) => 1 + (i % 3));
    const order = ids.map((_, i) => (i * 7) % 20);
    const table = maglevTable(ids, weights, 4099);
    const other = maglevTable(
      order.map((i) => ids[i]!),
      order.map((i) => weights[i]!),
      4099,
    );
    expect([...other].map((place) => order[place])).toEqual([...table]);
  });

  it('keeps nearly every slot that was not of the server that goes', () => {
    const ids = idsUpTo(50);
    const [before, after] = [ids, ids.slice(0, -1)].map((list) =>
      maglevTable(list, ones(list.length), 16_381),
    );
    const moved = [...before!].filter((place, slot) => place !== 49 && after![slot] !== place).length;
    expect(moved / 16_381).toBeLessThan(0.05);
  });
});

describe('isPrime', () => {
  it.each([2, 3, 4099, 16_381, 65_537, 655_373, 5_000_011])('knows that %i is one', (n) => {
    expect(isPrime(n)).toBe(true);
  });

  it.each([-3, 0, 1, 4, 9, 65_536, 5_000_013, 2.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'knows that %f is none',
    (n) => {
      expect(isPrime(n)).toBe(false);
    },
  );
});
