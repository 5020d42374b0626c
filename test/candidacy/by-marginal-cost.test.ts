import { describe, expect, it } from 'vitest';
import { addPrediction } from '../../candidacy/add-prediction.ts';
import { byAge } from '../../candidacy/by-age.ts';
import { byMarginalCost } from '../../candidacy/by-marginal-cost.ts';
import { notEjected } from '../../candidacy/not-ejected.ts';
import { sample } from '../../candidacy/sample.ts';
import { aMoment, aServer } from '../../src/testing/index.ts';
import { shareOfHalf, spreadOf } from './spread.ts';
import { Bench, faultsIn, ids, made } from './support.ts';

const DEFAULT = [byAge, notEjected, addPrediction, sample, byMarginalCost];

const score = (cpus: number | undefined, inFlight: number, arriba: number | undefined, exponent?: number) => {
  const server = aServer({ stats: cpus === undefined ? {} : { cpus }, inFlight, arriba });
  return made(byMarginalCost, exponent).score?.(server, aMoment()) ?? 0;
};

describe('the score of byMarginalCost', () => {
  it.each([
    { cpus: 4, r: 0, arriba: 1000, cost: 1 },
    { cpus: 4, r: 3, arriba: 1000, cost: 1 },
    { cpus: 4, r: 4, arriba: 1000, cost: 6 / 4 },
    { cpus: 4, r: 9, arriba: 1000, cost: 16 / 4 },
    { cpus: 1, r: 0, arriba: 1000, cost: 1 },
    { cpus: 1, r: 1, arriba: 1000, cost: 3 },
    { cpus: 2, r: 0, arriba: 500, cost: 1 / 0.5 ** 0.75 },
    { cpus: 2, r: 5, arriba: 2000, cost: 10 / (2 * 2 ** 0.75) },
    { cpus: 2.5, r: 3, arriba: 1000, cost: 5.5 / 2.5 },
    { cpus: 0.5, r: 0, arriba: 1000, cost: 2 },
    { cpus: 0.5, r: 1, arriba: 1000, cost: 6 },
    { cpus: undefined, r: 2, arriba: 1000, cost: 5 },
    { cpus: 4, r: 4, arriba: undefined, cost: 6 / 4 },
  ])('is $cost for $r requests on $cpus cores of speed $arriba', ({ cpus, r, arriba, cost }) => {
    expect(score(cpus, r, arriba)).toBeCloseTo(cost + 1e-6 * r, 12);
  });

  it('prefers the server with fewer requests among those with a free core', () => {
    expect(score(8, 1, 1000)).toBeLessThan(score(8, 2, 1000));
  });

  it('does not let a speed that is a little higher decide between free cores, when it counts the crowd', () => {
    const crowded = made(byMarginalCost, { crowding: 0.3 });
    const scoreOf = (inFlight: number, arriba: number): number =>
      crowded.score?.(aServer({ inFlight, stats: { cpus: 4 }, arriba }), aMoment()) ?? 0;
    expect(scoreOf(0, 1000)).toBeLessThan(scoreOf(2, 1100));
    expect(score(4, 0, 1000)).toBeGreaterThan(score(4, 2, 1100));
  });

  it('does not believe the speed of a server that counts less than we alone have there, unless it is configured', () => {
    const one = { inFlight: 2, inFlightAtReport: 2, arriba: 8000 };
    const scoreOf = (inFlight: number, arriba: number): number =>
      made(byMarginalCost).score?.(aServer({ ...one, stats: { inFlight, arriba } }), aMoment()) ?? 0;
    expect(scoreOf(0, 8000) / scoreOf(2, 8000)).toBeCloseTo(8 ** 0.75, 4);
    expect(scoreOf(0, 4000)).toBe(scoreOf(2, 8000));
  });

  it('weighs speed by the exponent', () => {
    expect(score(1, 0, 500, 1)).toBe(2);
    expect(score(1, 0, 500, 0)).toBe(1);
    expect(faultsIn(byMarginalCost, -1)).toHaveLength(1);
  });

  it.each([
    { weight: 0.5, cost: 2 },
    { weight: 2, cost: 0.5 },
  ])('is $cost at weight $weight where it is 1 otherwise', ({ weight, cost }) => {
    const server = aServer({ stats: { cpus: 4 }, arriba: 1000, weight });
    const run = made(byMarginalCost);
    expect([run.score?.(server, aMoment()), run.score?.(server, aMoment())]).toEqual([cost, cost]);
  });

  it('follows every change of a speed', () => {
    const run = made(byMarginalCost);
    const slower = (a: number | undefined, b: number | undefined): string | undefined => {
      const servers = [aServer({ slot: 0, id: 'a', arriba: a }), aServer({ slot: 1, id: 'b', arriba: b })];
      return ids(run(servers, aMoment()))[1];
    };
    expect([slower(500, 2000), slower(500, 100), slower(undefined, 1001), slower(999, undefined)]).toEqual([
      'a',
      'b',
      'a',
      'a',
    ]);
    expect([slower(Number.NaN, 1), slower(1, 2), slower(1, 0.5)]).toEqual(['a', 'a', 'b']);
  });

  it.each([Number.NaN, 0, Number.POSITIVE_INFINITY])(
    'puts a server with %d cores behind a busy one',
    (cpus) => {
      const servers = [aServer({ id: 'odd', stats: { cpus } }), aServer({ id: 'busy', inFlight: 100 })];
      expect(ids(made(byMarginalCost)(servers, aMoment()))[0]).toBe('busy');
    },
  );
});

describe('byMarginalCost in the default chain', () => {
  it('gives a server of half the weight half as much', () => {
    expect(shareOfHalf(DEFAULT)).toBeCloseTo(0.5, 1);
  });

  it.each([3, 20, 60])('shares work evenly over %i identical servers of which nothing is known', (n) => {
    const bench = new Bench(Array.from({ length: n }, (_, i) => ({ id: `s${i}` })));
    const { fewest, most, mean } = spreadOf(bench, bench.chain(DEFAULT), 3 * n);
    expect(most / mean).toBeLessThan(1.1);
    expect(fewest / mean).toBeGreaterThan(0.9);
  });

  it('shares work evenly over 10 identical servers with reports that are never renewed', () => {
    const bench = new Bench(Array.from({ length: 10 }, (_, i) => ({ id: `s${i}` })));
    for (const { id } of bench.pool.servers) bench.report(id, { cpus: 4, arriba: 1000, inFlight: 0 });
    const { fewest, most, mean } = spreadOf(bench, bench.chain(DEFAULT), 60);
    expect(most / mean).toBeLessThan(1.1);
    expect(fewest / mean).toBeGreaterThan(0.9);
  });

  it('gives servers of twice the cores and of twice the speed more, and the slow their part', () => {
    const bench = new Bench([{ id: 'base' }, { id: 'cores' }, { id: 'speed' }]);
    bench.report('base', { cpus: 2, arriba: 1000 });
    bench.report('cores', { cpus: 4, arriba: 1000 });
    bench.report('speed', { cpus: 2, arriba: 2000 });
    const { byId } = spreadOf(bench, bench.chain(DEFAULT), 60);
    const [base = 0, cores = 0, speed = 0] = ['base', 'cores', 'speed'].map((id) => byId.get(id));
    expect(cores / base).toBeGreaterThan(1.7);
    expect(cores / base).toBeLessThan(2.3);
    expect(speed / base).toBeGreaterThan(1.4);
    expect(speed / base).toBeLessThan(2);
  });
});
