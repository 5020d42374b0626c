import { describe, expect, it } from 'vitest';
import { addPrediction } from '../../candidacy/add-prediction.ts';
import { byExpectedDelay } from '../../candidacy/by-expected-delay.ts';
import { byHotCold } from '../../candidacy/by-hot-cold.ts';
import { byInFlight } from '../../candidacy/by-in-flight.ts';
import { byOrcaWeight } from '../../candidacy/by-orca-weight.ts';
import { byPeakEwma } from '../../candidacy/by-peak-ewma.ts';
import { byRandom } from '../../candidacy/by-random.ts';
import { byWaterfill } from '../../candidacy/by-waterfill.ts';
import { candidates } from '../../candidacy/candidates.ts';
import { notEjected } from '../../candidacy/not-ejected.ts';
import { roundRobin } from '../../candidacy/round-robin.ts';
import { twoChoices } from '../../candidacy/two-choices.ts';
import type { Candidacy } from '../../src/core/candidacy.ts';
import type { Stats } from '../../src/core/types.ts';
import { aMoment, aServer, breaches } from '../../src/testing/index.ts';
import { FAILED, type Loop, runLoop, shareOf, worstDeviation } from './closed-loop.ts';
import { Bench, ids, made, type Written } from './support.ts';

interface Case {
  readonly name: string;
  readonly links: readonly Written[];
  /** It compares counts alone, and a server that fails at once has few: others must see to that. */
  readonly countsOnly?: true;
  /** It goes by latency. */
  readonly byLatency?: true;
}

/** What a server says of its latency is taken at its word until it says something else. */
const FRESH: Partial<Loop> = { reportsEvery: 20 };
/** Latencies that this proxy sees itself differ for as long as it takes to see enough of them. */
const LONG: Partial<Loop> = { clients: 12, during: 200_000 };

/** Every function of choice, as it is used: the ones before it break ties or draw what it compares. */
const CASES: readonly Case[] = [
  { name: 'byInFlight', links: [addPrediction, byRandom, byInFlight], countsOnly: true },
  { name: 'byInFlight: own', links: [byRandom, [byInFlight, 'own']], countsOnly: true },
  { name: 'byExpectedDelay', links: [addPrediction, byRandom, byExpectedDelay], countsOnly: true },
  { name: 'twoChoices', links: [addPrediction, twoChoices], countsOnly: true },
  { name: 'twoChoices: own', links: [[twoChoices, 'own']], countsOnly: true },
  { name: 'twoChoices of 5', links: [[twoChoices, { count: 5 }]], countsOnly: true },
  { name: 'byPeakEwma behind twoChoices', links: [[twoChoices, 'own'], byPeakEwma] },
  { name: 'byPeakEwma', links: [byPeakEwma] },
  { name: 'byHotCold behind candidates', links: [addPrediction, candidates, byHotCold], byLatency: true },
  { name: 'byHotCold', links: [byHotCold], byLatency: true },
  { name: 'byHotCold: 0', links: [candidates, [byHotCold, 0]], countsOnly: true },
  { name: 'byOrcaWeight', links: [byOrcaWeight] },
  { name: 'byWaterfill', links: [byWaterfill], countsOnly: true },
  { name: 'roundRobin', links: [roundRobin] },
];

const pool = (n: number): Bench => new Bench(Array.from({ length: n }, (_, i) => ({ id: `s${i}` })));

const reported = (_: string, inFlight: number): Stats => ({
  inFlight,
  serviceTime: 10,
  cpus: 4,
  arriba: 1000,
  cpuIdle: 0.5,
  custom: { rps_fractional: 100, eps: 0 },
});

const EVEN: Loop = { clients: 30, during: 20_000 };

describe('identical servers', () => {
  it.each(CASES)('end within 5 % of each other behind $name, without reports', ({ links, byLatency }) => {
    const bench = pool(5);
    const loop = { ...EVEN, ...(byLatency && LONG) };
    expect(worstDeviation(runLoop(bench, bench.chain(links), loop))).toBeLessThan(0.05);
  });

  it.each(CASES)('end within 5 % of each other behind $name, with reports', ({ links, byLatency }) => {
    const bench = pool(5);
    const loop = { ...EVEN, report: reported, ...(byLatency && FRESH) };
    expect(worstDeviation(runLoop(bench, bench.chain(links), loop))).toBeLessThan(0.05);
  });

  it.each(CASES)('all get requests behind $name when one comes at a time', ({ links }) => {
    const bench = pool(5);
    const begun = runLoop(bench, bench.chain(links), { clients: 1, during: 20_000 });
    for (const { length } of begun.values()) expect(length).toBeGreaterThan(40);
  });
});

describe('a server with one slow answer', () => {
  it.each(CASES)('gets requests again within a minute behind $name', ({ links }) => {
    const bench = pool(4);
    const course = (id: string, at: number, random: () => number) => ({
      time: id === 's0' && at < 2000 ? 3000 : 5 + 10 * random(),
    });
    const begun = runLoop(bench, bench.chain(links), { clients: 5, during: 80_000, course });
    const later = begun.get('s0')!.filter((at) => at > 60_000).length;
    const others = begun.get('s1')!.filter((at) => at > 60_000).length;
    expect(later / others).toBeGreaterThan(0.3);
    expect(later / others).toBeLessThan(1.5);
  });

  it.each(CASES)('is not flooded by what comes back to it behind $name', ({ links }) => {
    const bench = pool(4);
    const course = (id: string, at: number, random: () => number) => ({
      time: id === 's0' && at < 2000 ? 3000 : 5 + 10 * random(),
    });
    const begun = runLoop(bench, bench.chain(links), { clients: 5, during: 80_000, course });
    const seconds = new Map<number, number>();
    for (const at of begun.get('s0')!)
      seconds.set(Math.floor(at / 1000), (seconds.get(Math.floor(at / 1000)) ?? 0) + 1);
    const fair = [...begun.values()].flat().length / 80 / 4;
    expect(Math.max(...seconds.values())).toBeLessThan(2.5 * fair);
  });
});

describe('a clock that is set back by an hour', () => {
  it.each(CASES)('keeps no server from its requests behind $name', ({ links }) => {
    const bench = pool(4);
    const chain = bench.chain(links);
    const course = (id: string, _: number, random: () => number) => ({
      time: id === 's0' ? 3000 : 5 + 10 * random(),
    });
    runLoop(bench, chain, { clients: 5, during: 4000, course });
    bench.now -= 3_600_000;
    const begun = runLoop(bench, chain, { clients: 5, during: 80_000 });
    const [first = 0, second = 0] = [...begun.values()].map((at) => at.filter((one) => one > 60_000).length);
    expect(first / second).toBeGreaterThan(0.3);
    expect(first / second).toBeLessThan(1.5);
  });
});

describe('a server that fails at once', () => {
  const course = (id: string, _: number, random: () => number) =>
    id === 's0' ? { time: 1, outcome: FAILED } : { time: 5 + 10 * random() };
  const share = (links: readonly Written[], loop: Partial<Loop>): number => {
    const bench = pool(5);
    return shareOf(runLoop(bench, bench.chain(links), { ...EVEN, course, ...loop }), 's0');
  };

  it.each(CASES.filter(({ countsOnly }) => !countsOnly))(
    'never gets more than its fair share behind $name',
    ({ links }) => {
      expect(share(links, {})).toBeLessThan(0.21);
      expect(share(links, { report: reported, ...FRESH })).toBeLessThan(0.21);
    },
  );

  it.each(CASES)('gets next to nothing behind notEjected and $name', ({ links }) => {
    expect(share([notEjected, ...links], {})).toBeLessThan(0.01);
  });
});

describe('the contract', () => {
  it.each<Written>([
    [byInFlight, 'own'],
    [twoChoices, 'own'],
    [twoChoices, { count: 5 }],
    [byPeakEwma, '1s'],
    [byHotCold, 0],
    [byHotCold, 1],
    [byOrcaWeight, { metrics: ['odd'] }],
    [byWaterfill, '100ms'],
  ])('holds for every option: %#', (...[candidacy, given]) => {
    expect(breaches(made(candidacy as Candidacy, given))).toEqual([]);
  });
});

describe('numbers that are missing or absurd', () => {
  const ODD = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1];
  const first = (candidacy: Candidacy, odd: Stats, good: Stats): string | undefined => {
    const servers = [
      aServer({ id: 'odd', stats: odd, arriba: odd.arriba, inFlight: 3 }),
      aServer({ id: 'good', stats: good, arriba: good.arriba, inFlight: 3 }),
    ];
    return ids(made(candidacy)(servers, aMoment()))[0];
  };

  it.each(ODD.flatMap((value) => [byExpectedDelay, byWaterfill].map((one) => ({ one, value }))))(
    'never win in cpus or arriba: $value behind $one.name',
    ({ one, value }) => {
      for (const odd of [{ cpus: value }, { arriba: value }])
        expect(first(one, odd, { cpus: 1, arriba: 1, inFlight: 3 })).toBe('good');
    },
  );

  it.each(
    [Number.NaN, Number.POSITIVE_INFINITY].flatMap((value) =>
      [byInFlight, byExpectedDelay, twoChoices, byHotCold, byWaterfill].map((one) => ({ one, value })),
    ),
  )('never win in requests in flight: $value behind $one.name', ({ one, value }) => {
    expect(first(one, { inFlight: value }, { inFlight: 1000 })).toBe('good');
  });

  it.each([byInFlight, byExpectedDelay, twoChoices, byHotCold])(
    'count no less than what this proxy has under way itself: a negative count behind $name',
    (one) => {
      const servers = [
        aServer({ id: 'odd', stats: { inFlight: -50 }, inFlight: 3 }),
        aServer({ id: 'good', stats: { inFlight: 2 }, inFlight: 2, inFlightAtReport: 2 }),
      ];
      expect(ids(made(one)(servers, aMoment()))[0]).toBe('good');
    },
  );
});
