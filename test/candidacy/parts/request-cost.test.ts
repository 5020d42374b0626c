import { describe, expect, it } from 'vitest';
import { type CostMemory, meanCost, requestCosts } from '../../../candidacy/parts/request-cost.ts';

const signal = requestCosts('cpu_ms', 10);

const aMemory = (): CostMemory => {
  const shared = signal.shared!();
  return signal.init(shared, { slot: 0, since: 0 });
};

const answer = (memory: CostMemory, cost: number, now: number): void => {
  const stats = { custom: { 'request_cost.cpu_ms': cost } };
  expect(signal.onReport!(memory, { restarted: false, by: 'answer', stats }, now)).toBe(false);
};

describe('the mean cost of requests', () => {
  it('is 1 before any answer', () => {
    expect(meanCost(aMemory(), 5)).toBe(1);
  });

  it('is the mean of what came, with one usual request against it', () => {
    const memory = aMemory();
    answer(memory, 300, 0);
    expect(meanCost(memory, 0)).toBe((30 + 1) / 2);
    for (let i = 0; i < 998; i++) answer(memory, 300, 0);
    expect(meanCost(memory, 0)).toBeCloseTo(30, 0);
  });

  it('follows a change in minutes', () => {
    const memory = aMemory();
    for (let now = 0; now < 120_000; now += 100) answer(memory, 300, now);
    expect(meanCost(memory, 120_000)).toBeCloseTo(30, 0);
    for (let now = 120_000; now < 180_000; now += 100) answer(memory, 10, now);
    // 30 has decayed to 1/e of what it was, beside 1 with the rest.
    expect(meanCost(memory, 180_000)).toBeCloseTo(1 + 29 / Math.E, -0.5);
    for (let now = 180_000; now < 600_000; now += 100) answer(memory, 10, now);
    expect(meanCost(memory, 600_000)).toBeCloseTo(1, 1);
  });

  it('is 1 again long after the last answer', () => {
    const memory = aMemory();
    for (let i = 0; i < 100; i++) answer(memory, 300, 0);
    expect(meanCost(memory, 1_000_000)).toBeCloseTo(1, 2);
  });

  it('counts no answer for more than a thousand, and none that is no number', () => {
    const memory = aMemory();
    answer(memory, 1e15, 0);
    expect(meanCost(memory, 0)).toBe((1000 + 1) / 2);
    for (const cost of [Number.NaN, -5]) answer(memory, cost, 0);
    expect(meanCost(memory, 0)).toBe((1000 + 1) / 2);
  });

  it('is not thrown by a clock that goes back', () => {
    const memory = aMemory();
    answer(memory, 300, 1_000_000);
    answer(memory, 300, 10);
    expect(meanCost(memory, 10)).toBeCloseTo((60 + 1) / 3, 5);
  });
});
