import { describe, expect, it } from 'vitest';
import { roundRobin } from '../../candidacy/round-robin.ts';
import { shareOfHalf } from './spread.ts';
import { Bench } from './support.ts';

const pool = (names: string, seed = 1): Bench =>
  new Bench(
    [...names].map((id) => ({ id })),
    { seed },
  );

/** Who gets the next requests, each of which begins. */
const turns = (bench: Bench, chain: ReturnType<Bench['chain']>, count: number): string => {
  let got = '';
  for (let i = 0; i < count; i++) {
    const server = bench.decide(chain).chosen!;
    bench.board.begin(server, bench.now);
    got += server.id;
  }
  return got;
};

const counted = (got: string, id: string): number => got.split(id).length - 1;

describe('roundRobin', () => {
  it('gives one after the other the same number, in the same order again', () => {
    const bench = pool('abcde');
    const got = turns(bench, bench.chain([roundRobin]), 20);
    expect([...got.slice(0, 5)].sort().join('')).toBe('abcde');
    expect(got).toBe(got.slice(0, 5).repeat(4));
  });

  it('begins on every proxy with another one, and goes on in another order', () => {
    const orders = Array.from({ length: 60 }, (_, seed) => {
      const bench = pool('abcd', seed + 1);
      return turns(bench, bench.chain([roundRobin]), 8).slice(4);
    });
    expect(new Set(orders).size).toBeGreaterThan(15);
    for (const id of 'abcd') expect(orders.filter((order) => order[0] === id).length).toBeGreaterThan(5);
  });

  it.each([
    { weight: 0.5, turns: 20 },
    { weight: 2, turns: 80 },
    { weight: 3, turns: 120 },
  ])('gives $turns turns to a weight of $weight where others have 40', ({ weight, turns: expected }) => {
    const bench = pool('abcd');
    bench.board.setHand('web', 'a', { state: 'ready', weight, reason: '' });
    const got = turns(bench, bench.chain([roundRobin]), 40 * 3 + expected);
    expect(Math.abs(counted(got, 'a') - expected)).toBeLessThanOrEqual(2);
    for (const id of 'bcd') expect(Math.abs(counted(got, id) - 40)).toBeLessThanOrEqual(2);
  });

  it('gives a server of half the weight half as much', () => {
    expect(shareOfHalf([roundRobin])).toBeCloseTo(0.5, 1);
  });

  it('gives one turn, and no burst, to a server that was left out for a while', () => {
    const bench = pool('abcd');
    const chain = bench.chain([roundRobin]);
    turns(bench, chain, 8);
    bench.board.setHand('web', 'a', { state: 'drain', reason: '' });
    expect(counted(turns(bench, chain, 300), 'a')).toBe(0);
    bench.board.setHand('web', 'a', undefined);
    const got = turns(bench, chain, 12);
    expect(got[0]).toBe('a');
    expect(counted(got, 'a')).toBeLessThanOrEqual(4);
  });

  it('takes a new server into the round', () => {
    const bench = pool('abc');
    const chain = bench.chain([roundRobin]);
    turns(bench, chain, 30);
    const specs = [...'abcd'].map((id, i) => ({ id, url: new URL(`http://10.0.0.${i + 1}:80`), tags: [] }));
    bench.board.configure([{ name: 'web', servers: specs, accept: [] }], bench.now);
    const got = turns(bench, chain, 40);
    for (const id of 'abcd') expect(Math.abs(counted(got, id) - 10)).toBeLessThanOrEqual(1);
  });

  it('says whose turn comes when', () => {
    const bench = pool('abc');
    const chain = bench.chain([roundRobin]);
    const got = turns(bench, chain, 6);
    const [step] = bench.explain(chain);
    expect(step?.scores?.map(({ id }) => id).join('')).toBe(got.slice(0, 3));
    for (const { score } of step?.scores ?? []) expect(score).toBeLessThanOrEqual(1);
  });
});
