import { describe, expect, it } from 'vitest';
import { addPrediction } from '../../candidacy/add-prediction.ts';
import { byExpectedDelay } from '../../candidacy/by-expected-delay.ts';
import { sample } from '../../candidacy/sample.ts';
import { aMoment, aServer } from '../../src/testing/index.ts';
import { shareOfHalf, spreadOf } from './spread.ts';
import { Bench, made } from './support.ts';

const score = (cpus: number | undefined, inFlight: number, arriba: number | undefined, weight = 1) => {
  const server = aServer({ stats: cpus === undefined ? {} : { cpus }, inFlight, arriba, weight });
  return made(byExpectedDelay).score?.(server, aMoment()) ?? Number.NaN;
};

describe('the score of byExpectedDelay', () => {
  it.each([
    { cpus: 4, r: 0, arriba: 1000, delay: 1 },
    { cpus: 4, r: 3, arriba: 1000, delay: 1 },
    { cpus: 4, r: 4, arriba: 1000, delay: 5 / 4 },
    { cpus: 4, r: 9, arriba: 500, delay: 5 },
    { cpus: 1, r: 1, arriba: 2000, delay: 1 },
    { cpus: 2.5, r: 3, arriba: 1000, delay: 4 / 2.5 },
    { cpus: 0.5, r: 0, arriba: 1000, delay: 2 },
    { cpus: 0.5, r: 1, arriba: 1000, delay: 4 },
    { cpus: undefined, r: 2, arriba: 1000, delay: 3 },
    { cpus: 4, r: 4, arriba: undefined, delay: 5 / 4 },
  ])('is $delay for $r requests on $cpus cores of speed $arriba', ({ cpus, r, arriba, delay }) => {
    expect(score(cpus, r, arriba)).toBeCloseTo(delay + 1e-6 * r, 12);
  });

  it('prefers the server with fewer requests among those with a free core', () => {
    expect(score(8, 1, 1000)).toBeLessThan(score(8, 2, 1000));
  });

  it.each([
    { weight: 0.5, delay: 2 },
    { weight: 2, delay: 0.5 },
  ])('is $delay at weight $weight where it is 1 otherwise', ({ weight, delay }) => {
    expect(score(4, 0, 1000, weight)).toBe(delay);
  });

  it.each([Number.NaN, 0, -4, Number.POSITIVE_INFINITY])('is no number for %d cores or that speed', (odd) => {
    expect([score(odd, 0, 1000), score(4, 0, odd)]).toEqual([Number.NaN, Number.NaN]);
  });
});

describe('byExpectedDelay in a chain', () => {
  const CHAIN = [addPrediction, sample, byExpectedDelay];

  it('gives a server of half the weight half as much', () => {
    expect(shareOfHalf(CHAIN)).toBeCloseTo(0.5, 1);
  });

  it('gives servers of twice the cores and of twice the speed twice as much', () => {
    const bench = new Bench([{ id: 'base' }, { id: 'cores' }, { id: 'speed' }]);
    bench.report('base', { cpus: 2, arriba: 1000 });
    bench.report('cores', { cpus: 4, arriba: 1000 });
    bench.report('speed', { cpus: 2, arriba: 2000 });
    const { byId } = spreadOf(bench, bench.chain(CHAIN), 60);
    const [base = 0, cores = 0, speed = 0] = ['base', 'cores', 'speed'].map((id) => byId.get(id));
    expect(cores / base).toBeGreaterThan(1.7);
    expect(cores / base).toBeLessThan(2.3);
    expect(speed / base).toBeGreaterThan(1.7);
    expect(speed / base).toBeLessThan(2.3);
  });
});
