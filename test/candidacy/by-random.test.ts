import { describe, expect, it } from 'vitest';
import { byRandom } from '../../candidacy/by-random.ts';
import { aMoment, aServer } from '../../src/testing/index.ts';
import { ids, made } from './support.ts';

const servers = ['a', 'b', 'c', 'd'].map((id) => aServer({ id }));
const run = made(byRandom);

describe('byRandom', () => {
  it('gives the same order for the same seed', () => {
    expect(run(servers, aMoment({ seed: 5 }))).toEqual(run(servers, aMoment({ seed: 5 })));
  });

  it('gives each of the 24 orders of four servers equally often', () => {
    const counts = new Map<string, number>();
    const moment = aMoment({ seed: 3 });
    for (let i = 0; i < 24_000; i++) {
      const order = ids(run(servers, moment)).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(24);
    // Five standard deviations of a count of mean 1000.
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt(1000));
  });
});
