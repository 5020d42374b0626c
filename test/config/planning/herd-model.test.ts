import { describe, expect, it } from 'vitest';
import { intervalOf } from '../../../agent/options.ts';
import { herdFactor, herdP99, REPORT_PERIOD } from '../../../src/config/planning/herd-model.ts';

/** Requests took at most so long in the simulations that the model was fitted to. */
const TIMEOUT = 5000;

/**
 * p99, ms, by the time between two reports: 4 proxies, half of the servers at half speed, 10 ms requests, 80 % load, order
 * by reported requests in flight.
 */
const SIMULATED: readonly (readonly [
  servers: number,
  choices: number,
  p99: Readonly<Record<number, number>>,
])[] = [
  [100, 2, { 5: 72, 20: 89, 50: 126, 100: 198, 250: 440, 1000: 1632, 2000: 3072 }],
  [100, 6, { 5: 64, 20: 122, 50: 247, 100: 458, 250: 1051, 1000: 3436, 2000: 5000 }],
  [100, 100, { 5: 129, 20: 182, 50: 267, 100: 493, 250: 1457, 1000: 5000, 2000: 5000 }],
  [5, 2, { 100: 232, 250: 511, 1000: 1917 }],
  [5, 5, { 100: 453, 250: 966, 1000: 3742 }],
  [10, 10, { 100: 546, 250: 1552, 1000: 4612 }],
  [20, 4, { 100: 342, 250: 756, 1000: 2781 }],
  [20, 20, { 100: 575, 250: 1621, 1000: 5000 }],
  [400, 8, { 100: 516, 250: 1076, 1000: 3858 }],
  [400, 400, { 100: 428, 250: 1086, 1000: 4292 }],
];

const cases = SIMULATED.flatMap(([servers, choices, table]) =>
  Object.entries(table).map(([period, p99]) => ({ servers, choices, period: Number(period), p99 })),
);

describe('the model of herding', () => {
  it.each(cases)('lies within a factor of 2: $choices of $servers, every $period ms', (one) => {
    const ratio = Math.min(TIMEOUT, herdP99(one)) / one.p99;
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });

  it('knows no herd where there is no choice', () => {
    expect(herdFactor({ choices: 1, period: 60_000 })).toBe(1);
  });

  it('is worse for short requests, which many come in one period', () => {
    const at = (service: number): number => herdFactor({ choices: 4, period: 250, service });
    expect(at(1)).toBeGreaterThan(5 * at(10));
  });

  it('goes by the period that agents have', () => {
    expect(REPORT_PERIOD).toBe(intervalOf({ url: [] }));
  });
});
