import { describe, expect, it } from 'vitest';
import { ResetBudget, ResetBudgets } from '../../../src/proxy/http2/reset-budget.ts';

/** Takes until there is no more; gives how often that went well. */
const drain = (budget: ResetBudget, now: number): number => {
  let taken = 0;
  while (budget.take(now)) taken += 1;
  return taken;
};

describe('the budget for resets', () => {
  it('is a hundred at once', () => {
    expect(drain(new ResetBudget(0), 0)).toBe(99);
  });

  it('flows in by ten a second, and not beyond a hundred', () => {
    const budget = new ResetBudget(0);
    drain(budget, 0);
    expect(drain(budget, 1000)).toBe(9);
    expect(drain(budget, 2500)).toBe(14);
    expect(drain(budget, 1_000_000)).toBe(99);
  });

  it('gets one back for every answer, so that who uses as much as it cancels may go on', () => {
    const budget = new ResetBudget(0);
    for (let i = 0; i < 1000; i++) {
      expect(budget.take(0)).toBe(true);
      budget.give();
    }
    budget.give();
    expect(drain(budget, 0)).toBe(99);
  });

  it('does not mind a clock that stands still or goes back', () => {
    const budget = new ResetBudget(5000);
    expect(drain(budget, 4000)).toBe(99);
    expect(budget.take(4000)).toBe(false);
  });
});

describe('the budgets of all peers', () => {
  it('are one for each address', () => {
    const budgets = new ResetBudgets();
    drain(budgets.of('192.0.2.1', 0), 0);
    expect(budgets.of('192.0.2.1', 0).take(0)).toBe(false);
    expect(budgets.of('192.0.2.2', 0).take(0)).toBe(true);
  });

  it('are bounded: full ones are forgotten first, then the oldest', () => {
    const budgets = new ResetBudgets();
    const drained = (i: number): void => void drain(budgets.of(`a${i}`, 0), 0);
    for (let i = 0; i < 10_000; i++) budgets.of(`full${i}`, 0);
    drained(0);
    expect(budgets.of('a0', 0).take(0)).toBe(false);
    for (let i = 1; i < 10_000; i++) drained(i);
    drained(10_000);
    expect(budgets.of('a0', 0).take(0)).toBe(true);
    expect(budgets.of('a9999', 0).take(0)).toBe(false);
  });
});
