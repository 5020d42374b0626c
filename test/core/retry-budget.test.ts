import { describe, expect, it } from 'vitest';
import { RetryBudget, RetryBudgets } from '../../src/core/retry-budget.ts';

const takeAll = (budget: RetryBudget, now: number): number => {
  let taken = 0;
  while (budget.take(now)) taken += 1;
  return taken;
};

describe('a budget', () => {
  it('allows ten retries a second to a pool without traffic, and saves no more than that', () => {
    const budget = new RetryBudget(0);
    expect(takeAll(budget, 0)).toBe(10);
    expect(takeAll(budget, 500)).toBe(5);
    expect(takeAll(budget, 60_000)).toBe(10);
  });

  it('allows a fraction of the requests beyond that', () => {
    const budget = new RetryBudget(0);
    for (let i = 0; i < 1000; i++) budget.request(0.25, 0);
    expect(takeAll(budget, 0)).toBe(260);
  });

  it('forgets what requests paid in within ten seconds or so', () => {
    const budget = new RetryBudget(0);
    for (let i = 0; i < 1000; i++) budget.request(0.25, 0);
    expect(takeAll(budget, 10_000)).toBe(Math.floor(10 + 250 / Math.E));
    for (let i = 0; i < 1000; i++) budget.request(0.25, 10_000);
    expect(takeAll(budget, 100_000)).toBe(10);
  });

  it('keeps retries in an overload at the fraction', () => {
    const budget = new RetryBudget(0);
    let retries = 0;
    for (let now = 0; now < 60_000; now++) {
      budget.request(0.2, now);
      if (budget.take(now)) retries += 1;
    }
    expect(retries / 60_000).toBeLessThan(0.22);
  });

  it('stands still when the clock does, and is not harmed by one that goes back', () => {
    const budget = new RetryBudget(1000);
    expect(takeAll(budget, 1000)).toBe(10);
    expect(takeAll(budget, 1000)).toBe(0);
    expect(takeAll(budget, 0)).toBe(0);
  });
});

it('each pool has its own', () => {
  const budgets = new RetryBudgets();
  expect(takeAll(budgets.of('a', 0), 0)).toBe(10);
  expect(budgets.of('a', 0).take(0)).toBe(false);
  expect(budgets.of('b', 0).take(0)).toBe(true);
});
