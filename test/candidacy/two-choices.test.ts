import { describe, expect, it } from 'vitest';
import { byPeakEwma } from '../../candidacy/by-peak-ewma.ts';
import { twoChoices } from '../../candidacy/two-choices.ts';
import type { Server } from '../../src/core/types.ts';
import { aMoment, aServer } from '../../src/testing/index.ts';
import { shareOfHalf } from './spread.ts';
import { Bench, faultsIn, ids, made } from './support.ts';

const drawn = (servers: readonly Server[], given: unknown, seed: number): readonly string[] =>
  ids(made(twoChoices, given)(servers, aMoment({ seed })));

const SEEDS = Array.from({ length: 400 }, (_, i) => i + 1);
const many = (n: number) => Array.from({ length: n }, (_, i) => aServer({ id: `${i}`, inFlight: i }));

describe('twoChoices', () => {
  it('draws every pair alike, and puts the one with fewer requests first', () => {
    const pairs = new Map<string, number>();
    for (const seed of SEEDS) {
      const [one = '', other = ''] = drawn(many(4), {}, seed);
      expect(Number(one)).toBeLessThan(Number(other));
      pairs.set(one + other, (pairs.get(one + other) ?? 0) + 1);
    }
    expect([...pairs.keys()].sort()).toEqual(['01', '02', '03', '12', '13', '23']);
    expect(Math.min(...pairs.values())).toBeGreaterThan(40);
  });

  it.each([
    { given: {}, n: 1, kept: 1 },
    { given: {}, n: 0, kept: 0 },
    { given: {}, n: 9, kept: 2 },
    { given: { count: 4 }, n: 9, kept: 4 },
    { given: { count: 4 }, n: 3, kept: 3 },
  ])('keeps $kept of $n with $given', ({ given, n, kept }) => {
    const left = drawn(many(n), given, 1);
    expect(left).toHaveLength(kept);
    expect(left.map(Number)).toEqual(left.map(Number).sort((a, b) => a - b));
  });

  it('takes each of two equal ones as often', () => {
    const equal = [aServer({ id: 'a' }), aServer({ id: 'b' })];
    const first = SEEDS.filter((seed) => drawn(equal, {}, seed)[0] === 'a').length;
    expect(first / SEEDS.length).toBeCloseTo(0.5, 1);
  });

  it('puts one whose numbers are absurd behind, whichever was drawn first', () => {
    const servers = [
      aServer({ id: 'odd', stats: { inFlight: Number.NaN } }),
      aServer({ id: 'busy', inFlight: 99 }),
    ];
    expect(new Set(SEEDS.map((seed) => drawn(servers, {}, seed)[0]))).toEqual(new Set(['busy']));
  });

  it('goes by what was reported, or by what this proxy has under way alone', () => {
    const servers = [
      aServer({ id: 'busy', stats: { inFlight: 50 }, inFlight: 1, inFlightAtReport: 1 }),
      aServer({ id: 'idle', stats: { inFlight: 3 }, inFlight: 3, inFlightAtReport: 3 }),
    ];
    expect([drawn(servers, {}, 1)[0], drawn(servers, 'own', 1)[0]]).toEqual(['idle', 'busy']);
  });

  it('is a preference: the others are tried after the two', () => {
    const bench = new Bench(many(7).map(({ id }) => ({ id })));
    const decision = bench.decide(bench.chain([twoChoices]));
    expect(decision.steps[0]).toEqual({ name: 'twoChoices', before: 7, after: 2 });
    expect(new Set(decision.ranked).size).toBe(7);
  });

  it('leaves the two to an order behind it', () => {
    const bench = new Bench(['slow', 'fast'].map((id) => ({ id })));
    const chain = bench.chain([[twoChoices, 'own'], byPeakEwma]);
    for (const [id, firstByte] of [
      ['slow', 90],
      ['fast', 10],
    ] as const) {
      const done = bench.board.begin(bench.server(id), bench.now);
      done({ kind: 'answered', status: 200, firstByte, total: firstByte }, bench.now);
    }
    const chosen = Array.from({ length: 20 }, () => bench.decide(chain).chosen?.id);
    expect(new Set(chosen)).toEqual(new Set(['fast']));
  });

  it('says what it compared and who was not drawn', () => {
    const bench = new Bench(['a', 'b', 'c'].map((id) => ({ id })));
    bench.board.begin(bench.server('a'), bench.now);
    const [step] = bench.explain(bench.chain([[twoChoices, 'own']]));
    expect(step?.dropped).toMatchObject([{ reason: 'not drawn' }]);
    for (const { id, score } of step?.scores ?? []) expect(score).toBe(id === 'a' ? 2 : 1);
    expect(step?.scores).toHaveLength(2);
  });

  it('gives a server of half the weight about half as much', () => {
    expect(Math.abs(shareOfHalf([twoChoices]) - 0.5)).toBeLessThan(0.1);
  });

  it.each([{ count: 1 }, { count: 2.5 }, 'mine'])('refuses %j', (given) => {
    expect(faultsIn(twoChoices, given)).toHaveLength(1);
  });
});
