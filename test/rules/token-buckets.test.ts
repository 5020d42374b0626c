import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenBuckets } from '../../src/rules/token-buckets.ts';

describe('a token bucket', () => {
  it('lets a burst through, then as many as come back', () => {
    const buckets = new TokenBuckets({ rate: 1 / 100, burst: 3 });
    expect([0, 0, 0, 0].map((now) => buckets.take('a', now))).toEqual([0, 0, 0, 100]);
    expect(buckets.take('a', 60)).toBeCloseTo(40);
    expect(buckets.take('a', 100)).toBe(0);
    expect(buckets.take('b', 100)).toBe(0);
  });

  it('says without taking whether there is a token', () => {
    const buckets = new TokenBuckets({ rate: 1 / 100, burst: 1 });
    expect([buckets.has('a', 0), buckets.has('a', 0)]).toEqual([true, true]);
    buckets.take('a', 0);
    expect([buckets.has('a', 99), buckets.has('a', 100)]).toEqual([false, true]);
  });

  it('never lets more through than its burst and what came back', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { maxLength: 200 }), (pauses) => {
        const buckets = new TokenBuckets({ rate: 1 / 20, burst: 4 });
        let now = 0;
        let passed = 0;
        for (const pause of pauses) {
          now += pause;
          if (buckets.take('a', now) === 0) passed += 1;
        }
        expect(passed).toBeLessThanOrEqual(4 + now / 20 + 1e-9);
      }),
    );
  });

  it('tells so many keys apart and no more', () => {
    const buckets = new TokenBuckets({ rate: 1 / 1000, burst: 1 });
    for (let i = 0; i < 10_000; i++) buckets.take(`k${i}`, 0);
    expect(buckets.take('k0', 0)).toBeGreaterThan(0);
    buckets.take('one more', 0);
    expect(buckets.size).toBe(10_000);
    expect(buckets.take('k1', 0)).toBe(0);
    expect(buckets.take('k0', 0)).toBeGreaterThan(0);
  });
});
