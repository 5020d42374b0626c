import { describe, expect, it } from 'vitest';
import { RateLimit } from '../../src/state/rate-limit.ts';

const taken = (limit: RateLimit, source: string, now: number, tries = 1000): number => {
  let count = 0;
  for (let i = 0; i < tries; i++) if (limit.allows(source, now)) count += 1;
  return count;
};

describe('RateLimit', () => {
  it('allows a burst, then so many in a second', () => {
    const limit = new RateLimit({ perSecond: 50, burst: 100 });
    expect(taken(limit, 'a', 0)).toBe(100);
    expect(taken(limit, 'a', 1000)).toBe(50);
    expect(taken(limit, 'a', 1100)).toBe(5);
  });

  it('saves up a burst and no more', () => {
    const limit = new RateLimit({ perSecond: 50, burst: 100 });
    expect(taken(limit, 'a', 0)).toBe(100);
    expect(taken(limit, 'a', 3_600_000)).toBe(100);
  });

  it('keeps sources apart', () => {
    const limit = new RateLimit({ perSecond: 1, burst: 2 });
    expect(taken(limit, 'a', 0)).toBe(2);
    expect(taken(limit, 'b', 0)).toBe(2);
  });

  it('forgets the source that was silent the longest when there are more than 4,096', () => {
    const limit = new RateLimit({ perSecond: 0.001, burst: 1 });
    for (let i = 0; i < 4096; i++) limit.allows(`s${i}`, 0);
    limit.allows('s0', 1000);
    limit.allows('one more', 1000);
    expect(limit.allows('s0', 1000)).toBe(false);
    expect(limit.allows('s1', 1000)).toBe(true);
  });
});
