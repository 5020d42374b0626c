import { expect, it } from 'vitest';
import { HedgeBudget } from '../../src/core/hedge-budget.ts';

it.each([
  [0.05, 1000, 50],
  [0.02, 1000, 20],
  [1, 10, 10],
])('with %d for each of %d requests there are at most %d hedges', (share, requests, most) => {
  const budget = new HedgeBudget();
  let hedges = 0;
  for (let i = 1; i <= requests; i++) {
    budget.request(share);
    if (!budget.hasToken) continue;
    budget.take();
    hedges += 1;
    expect(hedges).toBeLessThanOrEqual(i * share + 1e-9);
  }
  expect(hedges).toBeGreaterThanOrEqual(most - 1);
});

it('lets no more than twenty follow one another after a quiet time', () => {
  const budget = new HedgeBudget();
  for (let i = 0; i < 100_000; i++) budget.request(0.05);
  let hedges = 0;
  for (; budget.hasToken; hedges++) budget.take();
  expect(hedges).toBe(20);
});
