import { describe, expect, it } from 'vitest';
import { SlowLimits } from '../../../src/control/decisions/slow-limits.ts';

describe('what is slow', () => {
  it('is a second where nobody knows better', () => {
    const limits = new SlowLimits();
    expect(limits.isSlow('all', 1000, 0)).toBe(false);
    expect(limits.isSlow('all', 1001, 0)).toBe(true);
  });

  it('is what lies above the 99th percentile of its own route', () => {
    const limits = new SlowLimits();
    for (let i = 0; i < 1000; i++) {
      limits.isSlow('fast', 1 + (i % 10), i * 10);
      limits.isSlow('slow', 2000, i * 10);
    }
    const now = 20_000;
    expect(limits.isSlow('fast', 10, now)).toBe(false);
    expect(limits.isSlow('fast', 11, now)).toBe(true);
    expect(limits.isSlow('slow', 1500, now)).toBe(false);
    expect(limits.isSlow('slow', 3000, now)).toBe(true);
  });

  it('is not told from a few answers', () => {
    const limits = new SlowLimits();
    for (let i = 0; i < 100; i++) limits.isSlow('all', 1, i);
    expect(limits.isSlow('all', 900, 6000)).toBe(false);
  });
});
