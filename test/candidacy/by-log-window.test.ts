import { describe, expect, it } from 'vitest';
import { byLogWindow } from '../../candidacy/by-log-window.ts';
import { byRandom } from '../../candidacy/by-random.ts';
import { aMoment, aServer } from '../../src/testing/index.ts';
import { Bench, ids, made } from './support.ts';

describe('byLogWindow', () => {
  it.each([
    [0, 0],
    [1, 1],
    [2, 1],
    [3, 1],
    [4, 2],
    [7, 2],
    [8, 3],
    [16, 4],
    [100, 6],
    [1023, 9],
    [1024, 10],
  ])('keeps of %i servers the first %i', (n, kept) => {
    const servers = Array.from({ length: n }, (_, slot) => aServer({ slot, id: `${slot}` }));
    expect(made(byLogWindow)(servers, aMoment())).toEqual(servers.slice(0, kept));
  });

  it('is a preference: what it cuts off is tried after the rest', () => {
    const bench = new Bench(['a', 'b', 'c', 'd'].map((id) => ({ id })));
    const { ranked } = bench.decide(bench.chain([byLogWindow]));
    expect(ids(ranked).slice(0, 2)).toEqual(['a', 'b']);
    expect(ids(ranked).toSorted()).toEqual(['a', 'b', 'c', 'd']);
  });

  it('behind byRandom chooses every server equally often', () => {
    const bench = new Bench(['a', 'b', 'c', 'd', 'e'].map((id) => ({ id })));
    const chain = bench.chain([byRandom, byLogWindow]);
    const counts = new Map<string, number>();
    for (let i = 0; i < 5000; i++) {
      const id = bench.decide(chain).chosen?.id ?? '';
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(120);
    expect(counts.size).toBe(5);
  });
});
