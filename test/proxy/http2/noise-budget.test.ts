import { describe, expect, it } from 'vitest';
import { NoiseBudget } from '../../../src/proxy/http2/noise-budget.ts';

const MIB = 1024 * 1024;

describe('the budget for bytes without a purpose', () => {
  it('is two mebibytes at once, and 256 KiB a second', () => {
    const budget = new NoiseBudget(0);
    expect(budget.spend(2 * MIB, 0, 0)).toBe(true);
    expect(budget.spend(1, 0, 0)).toBe(false);
    const other = new NoiseBudget(0);
    for (let second = 1; second < 100; second++) expect(other.spend(MIB / 4, 0, 1000 * second)).toBe(true);
    expect(other.spend(3 * MIB, 0, 100_000)).toBe(false);
  });

  it('is not spent by bytes with a purpose, however many', () => {
    const budget = new NoiseBudget(0);
    for (let i = 0; i < 1000; i++) expect(budget.spend(MIB, MIB, 0)).toBe(true);
  });

  it('takes content for such that is read later than it came', () => {
    const budget = new NoiseBudget(0);
    for (let i = 0; i < 100; i++) {
      expect(budget.spend(MIB, 0, 0)).toBe(true);
      expect(budget.spend(0, MIB, 0)).toBe(true);
    }
  });

  it('does not grow beyond what it was by requests that are smaller than they may be', () => {
    const budget = new NoiseBudget(0);
    budget.spend(0, 100 * MIB, 0);
    expect(budget.spend(3 * MIB, 0, 0)).toBe(false);
  });
});
