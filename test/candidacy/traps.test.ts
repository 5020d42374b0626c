import { describe, expect, it } from 'vitest';
import { addPrediction } from '../../candidacy/add-prediction.ts';
import { byConcurrencyLimit } from '../../candidacy/by-concurrency-limit.ts';
import { byExpectedDelay } from '../../candidacy/by-expected-delay.ts';
import { byHotCold } from '../../candidacy/by-hot-cold.ts';
import { byInFlight } from '../../candidacy/by-in-flight.ts';
import { byMarginalCost } from '../../candidacy/by-marginal-cost.ts';
import { byOrcaWeight } from '../../candidacy/by-orca-weight.ts';
import { byPeakEwma } from '../../candidacy/by-peak-ewma.ts';
import { candidates } from '../../candidacy/candidates.ts';
import { twoChoices } from '../../candidacy/two-choices.ts';
import { seededRandom } from '../../src/core/random.ts';
import type { Done, Outcome } from '../../src/core/types.ts';
import { aMoment, aServer } from '../../src/testing/index.ts';
import { answered, type Begun, runLoop, shareOf, worstDeviation } from './closed-loop.ts';
import { DEFAULT, FULL } from './named-chains.ts';
import { shareOfHalf } from './spread.ts';
import { Bench, made, type Written } from './support.ts';

/** Traps that other balancers have fallen into, by name. Those of health are in traps-health.test.ts. */

const CHOICES: readonly (readonly [string, readonly Written[]])[] = [
  ['full', FULL],
  ['default', DEFAULT],
  ['byPeakEwma', [[twoChoices, 'own'], byPeakEwma]],
  ['byHotCold', [addPrediction, candidates, byHotCold]],
  ['byExpectedDelay', [addPrediction, byExpectedDelay]],
  ['twoChoices', [twoChoices]],
  ['byOrcaWeight', [byOrcaWeight]],
];

const pool = (n: number): Bench =>
  new Bench(Array.from({ length: n }, (_, i) => ({ id: `s${i}`, url: `http://10.2.0.${i + 1}` })));

const countAfter = (begun: Begun, id: string, from: number): number =>
  (begun.get(id) ?? []).filter((at) => at >= from).length;

describe('trap: requests in flight leak when a client aborts', () => {
  const OUTCOMES: readonly Outcome[] = [
    answered(5),
    answered(1, 503),
    { kind: 'failed', side: 'client', reason: 'client_abort', unsent: false },
    { kind: 'failed', side: 'client', reason: 'client_abort', unsent: true },
    { kind: 'failed', side: 'server', reason: 'header_timeout', unsent: false },
    { kind: 'failed', side: 'proxy', reason: 'idle_timeout', unsent: false },
  ];

  it('counts are those of the open requests, however they end and however often the end is told', () => {
    const bench = pool(3);
    const chain = bench.chain([[byConcurrencyLimit, { min: 1, max: 1 }], byInFlight], 'refuse');
    const { next } = seededRandom(3);
    const open: Done[] = [];
    for (let i = 0; i < 2000; i++) {
      if (next() < 0.6) open.push(bench.board.begin(bench.pool.servers[i % 3]!, bench.now));
      const [done] = next() < 0.5 ? open.splice(Math.floor(next() * open.length), 1) : [];
      for (let told = 0; told < 2; told++) done?.(OUTCOMES[i % OUTCOMES.length]!, bench.now);
      const counts = bench.pool.servers.map(({ inFlight }) => inFlight);
      expect(counts.reduce((sum, count) => sum + count)).toBe(open.length);
    }
    expect(open.length).toBeGreaterThan(0);
    for (const done of open) done(OUTCOMES[2]!, bench.now);
    expect(bench.pool.servers.map(({ inFlight }) => inFlight)).toEqual([0, 0, 0]);
    expect(bench.decide(chain).ranked).toHaveLength(3);
  });
});

describe('trap: fast errors count as low latency', () => {
  it.each(CHOICES.filter(([name]) => ['full', 'default', 'byPeakEwma', 'byHotCold'].includes(name)))(
    'a server that fails at once gets no more than its share behind %s',
    (_, links) => {
      const bench = pool(5);
      const course = (id: string, _at: number, random: () => number) =>
        id === 's0' ? { time: 1, outcome: answered(1, 503) } : { time: 5 + 10 * random() };
      const begun = runLoop(bench, bench.chain(links), { clients: 30, during: 10_000, course });
      expect(shareOf(begun, 's0')).toBeLessThan(0.21);
    },
  );
});

describe('trap: a cold server with a score of 0 takes all traffic', () => {
  it.each(CHOICES)('a server that has just come gets at most twice its share behind %s', (_, links) => {
    const bench = pool(5);
    const chain = bench.chain(links);
    const report = (_id: string, inFlight: number) => ({ inFlight, serviceTime: 10, cpus: 4, arriba: 1000 });
    runLoop(bench, chain, { clients: 30, during: 1000, report });
    const specs = bench.pool.servers.map(({ id, url }) => ({ id, url, tags: [] }));
    const cold = { id: 'cold', url: new URL('http://10.2.1.1'), tags: [] };
    bench.board.configure([{ name: 'web', servers: [...specs, cold], accept: [] }], bench.now);
    const begun = runLoop(bench, chain, { clients: 30, during: 1000 });
    expect(shareOf(begun, 'cold')).toBeLessThan(2 / 6);
    expect(shareOf(begun, 'cold')).toBeGreaterThan(0);
  });
});

describe('trap: a statistic without idle decay starves a server', () => {
  // The functions of choice alone: choices.test.ts.
  it.each(CHOICES.slice(0, 3))('a server with one bad time gets its share again behind %s', (_, links) => {
    const bench = pool(4);
    const course = (id: string, at: number, random: () => number) => ({
      time: id === 's0' && at < 2000 ? 3000 : 5 + 10 * random(),
    });
    const begun = runLoop(bench, bench.chain(links), { clients: 4, during: 80_000, course });
    const ratio = countAfter(begun, 's0', 65_000) / countAfter(begun, 's1', 65_000);
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(1.5);
  });
});

describe('trap: noisy weights are used twice', () => {
  it.each(CHOICES.filter(([name]) => name !== 'byPeakEwma' && name !== 'byHotCold'))(
    'a server of half the weight gets half behind %s, and not a quarter',
    (_, links) => {
      const share = shareOfHalf(links);
      expect(share).toBeGreaterThan(0.4);
      expect(share).toBeLessThan(0.6);
    },
  );

  it('a speed that is measured too low by a fifth costs a server less than a fifth of its share', () => {
    const bench = pool(5);
    const report = (id: string, inFlight: number) => ({
      inFlight,
      cpus: 2,
      arriba: id === 's0' ? 800 : 1000,
    });
    const begun = runLoop(bench, bench.chain(FULL), { clients: 60, during: 10_000, report });
    expect(shareOf(begun, 's0') * 5).toBeGreaterThan(0.8);
  });
});

describe('trap: going by what comes with answers alone starves a server', () => {
  it.each([
    ['byMarginalCost', byMarginalCost],
    ['byHotCold', byHotCold],
  ])('one that said once that it is slow and full is met again behind %s', (_, order) => {
    const bench = pool(20);
    const chain = bench.chain([addPrediction, candidates, order]);
    const say = (id: string, stats: { inFlight: number; serviceTime: number }) =>
      bench.board.hearInBand(bench.server(id), { stats, heardAt: bench.now, by: 'answer' }, bench.now);
    say('s0', { inFlight: 50, serviceTime: 5000 });
    let times = 0;
    for (let i = 0; i < 6000; i++) {
      bench.now += 1;
      if (i % 1000 === 0) bench.board.lapse(bench.now);
      // All the others are always fresh.
      for (const { id } of bench.pool.servers) if (id !== 's0') say(id, { inFlight: 0, serviceTime: 10 });
      const server = bench.decide(chain).chosen!;
      if (server.id === 's0') times += 1;
      bench.board.begin(server, bench.now)(answered(200, 10), bench.now);
    }
    expect(times).toBeGreaterThan(0);
  });
});

describe('trap: a weight of 0 is taken for a missing one', () => {
  it.each(CHOICES)(
    'a server of weight 0 gets nothing behind %s, and one without a weight its share',
    (_, links) => {
      const bench = pool(4);
      bench.board.setHand('web', 's0', { state: 'ready', weight: 0, reason: '' });
      const begun = runLoop(bench, bench.chain(links), { clients: 8, during: 5000 });
      expect(shareOf(begun, 's0')).toBe(0);
      expect(shareOf(begun, 's1')).toBeGreaterThan(0.25);
    },
  );

  it('a speed or a number of cores of 0 is not a missing one', () => {
    const score = (cpus: number | undefined, arriba: number | undefined) =>
      made(byMarginalCost).score?.(aServer({ stats: cpus === undefined ? {} : { cpus }, arriba }), aMoment());
    expect(score(undefined, undefined)).toBe(score(1, 1000));
    expect([score(0, 1000), score(1, 0)].every((cost) => !Number.isFinite(cost))).toBe(true);
  });
});

describe('identical servers behind the full chain', () => {
  const report = (_: string, inFlight: number) => ({ inFlight, cpus: 4, arriba: 1000 });

  it.each([
    { n: 5, reports: false, probes: false },
    { n: 5, reports: true, probes: true },
    { n: 24, reports: false, probes: false },
    { n: 24, reports: true, probes: false },
    { n: 24, reports: true, probes: true },
  ])('end within 5 % of each other: $n, reports $reports, probes $probes', ({ n, reports, probes }) => {
    const bench = pool(n);
    const course = (_id: string, _at: number, random: () => number) => {
      const probed = bench.pool.servers[Math.floor(random() * n)]!;
      const stats = { inFlight: probed.inFlight };
      if (probes) bench.board.hearInBand(probed, { stats, heardAt: bench.now, by: 'probe' }, bench.now);
      return { time: 5 + 10 * random() };
    };
    const during = (20_000 * n) / 24;
    const loop = { clients: 6 * n, during: Math.max(during, 10_000), course, ...(reports ? { report } : {}) };
    expect(worstDeviation(runLoop(bench, bench.chain(FULL), loop))).toBeLessThan(0.05);
  });
});
