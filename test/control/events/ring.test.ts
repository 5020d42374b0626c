import { describe, expect, it } from 'vitest';
import { Ring } from '../../../src/control/events/ring.ts';

describe('Ring', () => {
  it('gives the newest first', () => {
    const ring = new Ring<number>(5);
    for (const item of [1, 2, 3]) ring.push(item);
    expect(ring.newest(2)).toEqual([3, 2]);
  });

  it('forgets the oldest beyond its capacity', () => {
    const ring = new Ring<number>(3);
    for (let i = 1; i <= 10; i++) ring.push(i);
    expect(ring.newest(100)).toEqual([10, 9, 8]);
    expect(ring.size).toBe(3);
  });

  it('is empty at first', () => {
    expect(new Ring<number>(3).newest(3)).toEqual([]);
  });
});
