import { describe, expect, it } from 'vitest';
import { byWaterfill } from '../../candidacy/by-waterfill.ts';
import type { Stats } from '../../src/core/types.ts';
import { aRequest } from '../../src/testing/index.ts';
import { shareOfHalf } from './spread.ts';
import { Bench, faultsIn } from './support.ts';

const DRAWS = 4000;

/**
 * How often each is drawn, as a share of all, `age` ms after these reports and with 100 requests a second of this proxy:
 * without reports in between, K is 0.1 for each ms and proxy.
 */
const chances = (
  stats: Readonly<Record<string, Stats>>,
  age: number,
  { proxies = 1, weights = {} }: { proxies?: number; weights?: Record<string, number> } = {},
): Record<string, number> => {
  const bench = new Bench(Object.keys(stats).map((id) => ({ id })));
  const chain = bench.chain([byWaterfill]);
  const [any] = bench.pool.servers;
  for (let i = 0; i < 1000; i++) {
    bench.now += 10;
    bench.board.begin(any!, bench.now)({ kind: 'answered', status: 200, firstByte: 1, total: 1 }, bench.now);
  }
  bench.now -= age;
  for (const [id, said] of Object.entries(stats)) bench.report(id, said);
  bench.now += age;
  for (const [id, weight] of Object.entries(weights))
    bench.board.setHand('web', id, { state: 'ready', weight, reason: '' });
  const drawn: Record<string, number> = {};
  for (let i = 0; i < DRAWS; i++) {
    const id = bench.decide(chain, aRequest(), proxies).chosen!.id;
    drawn[id] = (drawn[id] ?? 0) + 1 / DRAWS;
  }
  return drawn;
};

const expectChances = (got: Record<string, number>, expected: Record<string, number>): void => {
  for (const [id, chance] of Object.entries(expected)) {
    if (chance === 0) expect(got[id] ?? 0).toBe(0);
    else expect(Math.abs((got[id] ?? 0) - chance)).toBeLessThan(0.03);
  }
};

describe('byWaterfill', () => {
  const THREE = { a: { inFlight: 0 }, b: { inFlight: 4 }, c: { inFlight: 20 } };

  it.each([
    ['the emptiest alone by fresh reports', 0, { a: 1, b: 0, c: 0 }],
    ['those below the level by older ones', 80, { a: 0.75, b: 0.25, c: 0 }],
    ['all by old ones', 1200, { a: 48 / 120, b: 44 / 120, c: 28 / 120 }],
  ])('draws %s', (_, age, expected) => {
    expectChances(chances(THREE, age), expected);
  });

  it('counts the requests of all proxies', () => {
    expectChances(chances(THREE, 20, { proxies: 4 }), { a: 0.75, b: 0.25, c: 0 });
  });

  it('goes by capacity: cores, live speed and the weight that was set', () => {
    const stats = {
      one: { inFlight: 0, cpus: 1, arriba: 1000 },
      cores: { inFlight: 0, cpus: 4, arriba: 1000 },
      speed: { inFlight: 0, cpus: 1, arriba: 2000 },
      weight: { inFlight: 0, cpus: 1, arriba: 1000 },
    };
    const expected = { one: 1 / 10, cores: 4 / 10, speed: 2 / 10, weight: 3 / 10 };
    expectChances(chances(stats, 1000, { weights: { weight: 3 } }), expected);
  });

  it('takes a server without a count to be as full as the others together', () => {
    const stats = { a: { inFlight: 0 }, b: { inFlight: 8 }, c: {} };
    // Levels 0, 8 and 4; 8 requests fill two of them up to 6.
    expectChances(chances(stats, 80), { a: 0.75, b: 0, c: 0.25 });
  });

  it('draws by capacity where nobody reports a count', () => {
    expectChances(chances({ a: { cpus: 1 }, b: { cpus: 3 } }, 1000), { a: 0.25, b: 0.75 });
  });

  it('tries those above the level last, emptiest first', () => {
    const bench = new Bench(['full', 'empty', 'half'].map((id) => ({ id })));
    bench.report('full', { inFlight: 90 });
    bench.report('half', { inFlight: 40 });
    bench.report('empty', { inFlight: 1 });
    const { ranked } = bench.decide(bench.chain([byWaterfill]));
    expect(ranked.map(({ id }) => id)).toEqual(['empty', 'half', 'full']);
  });

  it('tries the others below the level at random, the sooner the more room they have', () => {
    const bench = new Bench(['a', 'b', 'c'].map((id) => ({ id })));
    const chain = bench.chain([byWaterfill]);
    for (const [id, cpus] of [
      ['a', 1],
      ['b', 1],
      ['c', 8],
    ] as const)
      bench.report(id, { cpus, inFlight: 0 });
    const second = new Map<string | undefined, number>();
    for (let i = 0; i < 400; i++) {
      const { ranked } = bench.decide(chain);
      if (ranked[0]?.id !== 'a') continue;
      second.set(ranked[1]?.id, (second.get(ranked[1]?.id) ?? 0) + 1);
    }
    expect(second.get('b')).toBeGreaterThan(0);
    expect(second.get('c')).toBeGreaterThan(2 * (second.get('b') ?? 0));
  });

  it('forgets a rate that is past', () => {
    const bench = new Bench(['a', 'b'].map((id) => ({ id })));
    const chain = bench.chain([byWaterfill]);
    for (let i = 0; i < 1000; i++) bench.board.begin(bench.server('b'), bench.now);
    bench.now += 20_000;
    bench.report('a', { inFlight: 0 });
    bench.report('b', { inFlight: 10 });
    bench.now += 1000;
    const chosen = Array.from({ length: 50 }, () => bench.decide(chain).chosen?.id);
    expect(new Set(chosen)).toEqual(new Set(['a']));
  });

  it('gives a server of half the weight half as much', () => {
    expect(Math.abs(shareOfHalf([byWaterfill]) - 0.5)).toBeLessThan(0.06);
  });

  it('refuses a window of nothing', () => {
    expect(faultsIn(byWaterfill, '0s')).toEqual(['expected a window above 0']);
  });
});
