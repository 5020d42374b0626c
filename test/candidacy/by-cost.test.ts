import { describe, expect, it } from 'vitest';
import { addPrediction } from '../../candidacy/add-prediction.ts';
import { byCost, marginalCost } from '../../candidacy/by-cost.ts';
import type { Server, Stats } from '../../src/core/types.ts';
import { aMoment, aServer } from '../../src/testing/index.ts';
import { Bench, ids, made } from './support.ts';

const MIB = 1024 ** 2;
/** A hundred requests fill it, so one request takes 0.01 of it. */
const memoryTotal = 800 * MIB;

const machine = (id: string, load1: number, loadHighWater: number, used: number, arriba: number) =>
  aServer({
    id,
    stats: { load1, loadHighWater, memoryTotal, memoryAvailable: (1 - used) * memoryTotal, arriba },
  });

const A = machine('A', 2, 4, 0.5, 1000);
const B = machine('B', 1, 4, 0.9, 1000);
const C = machine('C', 0.5, 1, 0.2, 500);
const D = machine('D', 3, 8, 0.4, 2000);

describe('byCost', () => {
  it('orders four unequal machines by marginal cost, with the highest mark shared', () => {
    expect(ids(made(byCost)([A, B, C, D], aMoment()))).toEqual(['D', 'B', 'A', 'C']);
  });

  it.each([
    ['A', 2, 1, 0.5, 0.2955],
    ['B', 1, 1, 0.9, 0.2736],
    ['C', 0.5, 2, 0.2, 0.4701],
    ['D', 3, 0.5, 0.4, 0.1765],
  ])('gives machine %s its published cost among four under a mark of 8', (_, load, addedLoad, used, cost) => {
    expect(marginalCost(4, 8, { load, addedLoad, used, addedMemory: 0.01 })).toBeCloseTo(cost, 4);
  });

  it.each([
    ['A', 2, 1, 0.5, 4, 0.8563],
    ['B', 1, 1, 0.9, 4, 0.6344],
    ['C', 0.5, 2, 0.2, 1, 30.0184],
  ])(
    'would make machine %s absurdly dear under a mark of its own',
    (_, load, addedLoad, used, mark, cost) => {
      expect(marginalCost(4, mark, { load, addedLoad, used, addedMemory: 0.01 })).toBeCloseTo(cost, 4);
    },
  );

  it('is cheaper with idle CPU, with free memory and with a faster machine', () => {
    const base = machine('base', 2, 4, 0.5, 1000);
    const better = [
      machine('idle', 1, 4, 0.5, 1000),
      machine('roomy', 2, 4, 0.2, 1000),
      machine('fast', 2, 4, 0.5, 2000),
    ];
    for (const one of better) expect(ids(made(byCost)([base, one], aMoment()))).toEqual([one.id, 'base']);
  });

  describe('of a fast machine under load and an idle slow one', () => {
    const pair = (more: Stats) => {
      const memory = { memoryTotal, memoryAvailable: memoryTotal };
      const fast = aServer({ id: 'fast', stats: { load1: 7, arriba: 4000, ...memory, ...more } });
      return [aServer({ id: 'slow', stats: { load1: 0, arriba: 1000, ...memory, ...more } }), fast];
    };
    const order = (servers: readonly Server[], options = {}) =>
      ids(made(byCost, options)(servers, aMoment())).slice(0, 2);

    it.each([
      ['reported', { loadHighWater: 8 }],
      ['missing, and the power of two above the load stands in', {}],
      ['below the load, and the power of two above it stands in', { loadHighWater: 1 }],
    ])('takes the fast one where the mark is %s', (_, more) => {
      expect(order(pair(more))).toEqual(['fast', 'slow']);
    });

    it('takes the idle one in a larger list, whose cost grows more steeply', () => {
      const others = Array.from({ length: 14 }, () => aServer());
      expect(order([...pair({}), ...others])).toEqual(['slow', 'fast']);
    });

    it.each([{ work: 10 }, { referenceSpeed: 10_000 }])(
      'takes the fast one again where %j makes requests heavy',
      (options) => {
        const others = Array.from({ length: 14 }, () => aServer());
        expect(order([...pair({}), ...others], options)).toEqual(['fast', 'slow']);
      },
    );
  });

  it.each([
    ['without stats', aServer({ id: 'x' })],
    ['without memory', aServer({ id: 'x', stats: { load1: 0 } })],
    ['without load', aServer({ id: 'x', stats: { memoryTotal, memoryAvailable: memoryTotal } })],
    ['with no memory at all', aServer({ id: 'x', stats: { load1: 0, memoryTotal: 0, memoryAvailable: 0 } })],
  ])('puts a server %s last', (_, server) => {
    expect(ids(made(byCost)([server, A, C], aMoment())).at(-1)).toBe('x');
  });

  it('counts a server without a speed as the reference machine', () => {
    const { arriba: _, ...stats } = A.stats ?? {};
    const unmeasured = aServer({ id: 'unmeasured', stats });
    expect(ids(made(byCost)([unmeasured, A], aMoment()))).toEqual(['unmeasured', 'A']);
    expect(ids(made(byCost)([A, unmeasured], aMoment()))).toEqual(['A', 'unmeasured']);
  });

  it('adds what is predicted to the load, and stays a number far above the mark', () => {
    const bench = new Bench([{ id: 'a' }, { id: 'b' }]);
    for (const id of ['a', 'b'])
      bench.report(id, { load1: id === 'a' ? 0 : 0.5, memoryTotal, memoryAvailable: memoryTotal / 2 });
    const chain = bench.chain([addPrediction, byCost]);
    for (let i = 0; i < 500; i++) bench.board.begin(bench.decide(chain).chosen!, bench.now);
    expect(bench.server('a').inFlight).toBeGreaterThan(240);
    expect(bench.server('b').inFlight).toBeGreaterThan(240);
  });
});
