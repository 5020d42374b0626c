import { describe, expect, it } from 'vitest';
import { addPrediction } from '../../candidacy/add-prediction.ts';
import { byCost } from '../../candidacy/by-cost.ts';
import { byRandom } from '../../candidacy/by-random.ts';
import type { Server, Stats } from '../../src/core/types.ts';
import { aMoment, aServer } from '../../src/testing/index.ts';
import { spreadOf } from './spread.ts';
import { Bench, faultsIn, ids, made } from './support.ts';

const memoryTotal = 800 * 1024 ** 2;
/** A machine with half of everything in use. */
const half: Stats = {
  load1: 1,
  loadHighWater: 4,
  memoryTotal,
  memoryAvailable: memoryTotal / 2,
  arriba: 1000,
};

describe('byCost on declared resources', () => {
  const gpu = { used: 'custom.gpu_used', capacity: 'custom.gpu_total', perRequest: 1 };
  const withGpu = (id: string, used: number, total: number) => {
    return aServer({ id, stats: { ...half, custom: { gpu_used: used, gpu_total: total } } });
  };
  const order = (resources: readonly object[], ...servers: readonly Server[]) =>
    ids(made(byCost, { resources })(servers, aMoment()));

  it('weighs them together with CPU and memory', () => {
    const [full, free] = [withGpu('full', 23, 24), withGpu('free', 2, 24)];
    expect(ids(made(byCost)([full, free], aMoment()))).toEqual(['full', 'free']);
    expect(order([gpu], full, free)).toEqual(['free', 'full']);
  });

  it.each([
    ['load1', 4, { load1: 3 }, { load1: 1 }],
    ['cpu', 'cpus', { cpuIdle: 0.2, cpus: 4 }, { cpuIdle: 0.7, cpus: 4 }],
    ['slots', 'slots', { slots: { total: 8, available: 1 } }, { slots: { total: 8, available: 6 } }],
    ['memory', 'memory', { memoryAvailable: 1e9 }, { memoryAvailable: 7e9 }],
    ['custom.sockets', 1000, { custom: { sockets: 900 } }, { custom: { sockets: 20 } }],
    [
      'custom.sockets',
      'custom.most',
      { custom: { sockets: 20, most: 25 } },
      { custom: { sockets: 20, most: 90 } },
    ],
  ])('knows %s of %s', (used, capacity, busy, idle) => {
    const base = { load1: 1, loadHighWater: 64, memoryTotal, memoryAvailable: memoryTotal / 2, arriba: 1000 };
    const [a, b] = [busy, idle].map((more, i) =>
      aServer({ id: i === 0 ? 'busy' : 'idle', stats: { ...base, ...more } }),
    );
    const perRequest = used === 'memory' ? '64MiB' : 1;
    expect(order([{ used, capacity, perRequest }], a!, b!)).toEqual(['idle', 'busy']);
  });

  it('takes sizes for what is in bytes', () => {
    const facts = { used: 'custom.gpu_used', capacity: '24GiB', perRequest: '512MiB' };
    expect(order([facts], withGpu('full', 2.3e10, 0), withGpu('free', 1e9, 0))).toEqual(['free', 'full']);
  });

  it('adds what requests since the last report take', () => {
    const bench = new Bench([{ id: 'a' }, { id: 'b' }]);
    for (const id of ['a', 'b'])
      bench.report(id, { ...half, load1: 0, custom: { gpu_used: id === 'a' ? 0 : 1, gpu_total: 8 } });
    const chain = bench.chain([addPrediction, [byCost, { resources: [gpu] }]]);
    for (let i = 0; i < 40; i++) bench.board.begin(bench.decide(chain).chosen!, bench.now);
    expect(Math.abs(bench.server('a').inFlight - bench.server('b').inFlight)).toBeLessThan(3);
  });

  it('gives equal servers the same number of requests to within 5 %', () => {
    const bench = new Bench(['a', 'b', 'c', 'd', 'e'].map((id) => ({ id })));
    for (const { id } of bench.pool.servers)
      bench.report(id, { ...half, custom: { gpu_used: 3, gpu_total: 24 } });
    const chain = bench.chain([
      addPrediction,
      byRandom,
      [byCost, { resources: [gpu], requestCost: 'cpu_ms' }],
    ]);
    const { fewest, most, mean } = spreadOf(bench, chain);
    expect(fewest / mean).toBeGreaterThan(0.95);
    expect(most / mean).toBeLessThan(1.05);
  });

  it.each([
    ['no number', {}],
    ['no number that is one', { custom: { gpu_used: Number.NaN, gpu_total: 24 } }],
    ['no capacity', { custom: { gpu_used: 1, gpu_total: 0 } }],
    ['a capacity below 0', { custom: { gpu_used: 1, gpu_total: -5 } }],
  ])('puts a server last that has %s', (_, more) => {
    const idle = { ...half, load1: 0, memoryAvailable: memoryTotal, arriba: 2000 };
    expect(order([gpu], aServer({ id: 'x', stats: { ...idle, ...more } }), withGpu('busy', 23, 24))).toEqual([
      'busy',
      'x',
    ]);
  });

  it('takes less than nothing in use for nothing', () => {
    expect(order([gpu], withGpu('liar', -1e6, 24), withGpu('idle', 0, 24))).toEqual(['liar', 'idle']);
    expect(order([gpu], withGpu('idle', 0, 24), withGpu('liar', -1e6, 24))).toEqual(['idle', 'liar']);
  });

  it.each([
    [{ ...gpu, used: 'gpu' }, 'expected load1, memory, cpu, slots or custom.<name>'],
    [
      { ...gpu, capacity: 0 },
      'expected a number above 0, a size such as 8GiB, or memory, cpus, slots or custom.<name>',
    ],
    [{ ...gpu, perRequest: -1 }, 'expected a number from 0, or a size such as 64MiB'],
  ])('refuses %j', (resource, message) => {
    expect(faultsIn(byCost, { resources: [resource] })).toContain(message);
  });
});

describe('byCost with the cost of requests that answers say', () => {
  /** An idle slow machine, and a fast one with something to do, in a large list. */
  const aBench = () => {
    const bench = new Bench(
      Array.from({ length: 16 }, (_, i) => ({ id: i === 0 ? 'slow' : i === 1 ? 'fast' : `x${i}` })),
    );
    const stats = { memoryTotal, memoryAvailable: memoryTotal };
    bench.report('slow', { ...stats, load1: 0, arriba: 1000 });
    bench.report('fast', { ...stats, load1: 7, arriba: 4000 });
    return bench;
  };
  const answer = (bench: Bench, cost: number, by: 'answer' | 'probe' = 'answer') =>
    bench.board.hearInBand(
      bench.pool.servers[5]!,
      { stats: { custom: { 'request_cost.cpu_ms': cost } }, heardAt: bench.now, by },
      bench.now,
    );
  const options = { requestCost: 'cpu_ms', usualCost: 10 };
  const chosen = (bench: Bench, given: object = options) =>
    bench.decide(bench.chain([[byCost, given]])).chosen?.id;

  it('counts a request of 300 ms, where 10 ms are usual, as 30: the fast machine gets it', () => {
    const bench = aBench();
    expect(chosen(bench)).toBe('slow');
    for (let i = 0; i < 50; i++) answer(bench, 300);
    expect(chosen(bench)).toBe('fast');
    expect(chosen(bench, { work: 30 })).toBe('fast');
    expect(chosen(bench, { requestCost: 'bytes' })).toBe('slow');
    expect(chosen(bench, { ...options, usualCost: 300 })).toBe('slow');
  });

  it('makes no difference while answers say what is usual, or nothing', () => {
    const bench = aBench();
    const order = ids(bench.decide(bench.chain([byCost])).ranked);
    expect(ids(bench.decide(bench.chain([[byCost, options]])).ranked)).toEqual(order);
    for (let i = 0; i < 50; i++) answer(bench, 10);
    expect(ids(bench.decide(bench.chain([[byCost, options]])).ranked)).toEqual(order);
  });

  it('forgets a cost in some minutes, and survives a reload with it', () => {
    const bench = aBench();
    chosen(bench);
    for (let i = 0; i < 50; i++) answer(bench, 300);
    expect(chosen(bench)).toBe('fast');
    bench.now += 1_000_000;
    expect(chosen(bench)).toBe('slow');
  });

  it.each([
    [
      'one answer among a hundred',
      (bench: Bench) => {
        for (let i = 0; i < 100; i++) answer(bench, i === 50 ? 300 : 10);
      },
    ],
    [
      'a probe',
      (bench: Bench) => {
        for (let i = 0; i < 50; i++) answer(bench, 300, 'probe');
      },
    ],
    [
      'the report of an agent',
      (bench: Bench) => {
        for (let i = 0; i < 50; i++) bench.report('x5', { custom: { 'request_cost.cpu_ms': 300 } });
      },
    ],
  ])('is not swayed by %s', (_, hear) => {
    const bench = aBench();
    chosen(bench);
    hear(bench);
    expect(chosen(bench)).toBe('slow');
  });

  it.each([1e15, 1e4])('still tells servers apart when one claims a cost of %f', (cost) => {
    const bench = new Bench(Array.from({ length: 16 }, (_, i) => ({ id: `a${i}` })));
    const stats = { load1: 0, memoryTotal, memoryAvailable: memoryTotal };
    bench.report('a3', { ...stats, arriba: 1000 });
    bench.report('a5', { ...stats, arriba: 4000 });
    chosen(bench);
    for (let i = 0; i < 500; i++) answer(bench, cost);
    const { ranked } = bench.decide(bench.chain([[byCost, options]]));
    expect(ids(ranked).slice(0, 2)).toEqual(['a5', 'a3']);
  });

  it.each([
    { requestCost: '' },
    { requestCost: 'a b' },
    { requestCost: 'x', usualCost: 0 },
    { resources: [] },
  ])('refuses %j', (given) => {
    expect(faultsIn(byCost, given)).not.toEqual([]);
  });
});
