import { describe, expect, it } from 'vitest';
import { LoadHighWater } from '../../agent/load-high-water.ts';

const HOUR = 3_600_000;

describe('LoadHighWater', () => {
  it.each([
    [0, 1],
    [0.2, 1],
    [1, 2],
    [1.5, 2],
    [2, 4],
    [3.9, 4],
    [4, 8],
    [9, 16],
  ])('sets the mark for load %d at %d, the smallest power of two above', (load, mark) => {
    expect(new LoadHighWater().see(load, 0)).toBe(mark);
  });

  it('remembers the highest', () => {
    const water = new LoadHighWater();
    expect([1.5, 7, 0.1, 3].map((load) => water.see(load, 0))).toEqual([2, 8, 8, 8]);
  });

  it('halves at the end of an hour whose peak was below a quarter', () => {
    const water = new LoadHighWater();
    const marks = [
      [0, 15],
      [HOUR, 0.5],
      [2 * HOUR, 0.5],
      [3 * HOUR, 3.9],
      [4 * HOUR, 0.5],
      [5 * HOUR, 0.5],
    ].map(([now = 0, load = 0]) => water.see(load, now));
    expect(marks).toEqual([16, 16, 8, 4, 4, 2]);
  });

  it('never falls below 1, and rises again at once', () => {
    const water = new LoadHighWater();
    for (let hour = 0; hour < 10; hour++) expect(water.see(0, hour * HOUR)).toBe(1);
    expect(water.see(5, 10 * HOUR)).toBe(8);
  });
});
