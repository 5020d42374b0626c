import { describe, expect, it } from 'vitest';
import { byInFlight } from '../../candidacy/by-in-flight.ts';
import { byRandom } from '../../candidacy/by-random.ts';
import { sample } from '../../candidacy/sample.ts';
import { aMoment, aServer } from '../../src/testing/index.ts';
import { shareOfHalf, spreadOf } from './spread.ts';
import { Bench, faultsIn, ids, made } from './support.ts';

describe('byInFlight', () => {
  it.each([
    ['fewest first', [aServer({ id: 'a', inFlight: 3 }), aServer({ id: 'b', inFlight: 1 })], ['b', 'a']],
    ['equals as they came', [aServer({ id: 'a' }), aServer({ id: 'b' })], ['a', 'b']],
    [
      'what was reported before what this proxy sees alone',
      [aServer({ id: 'a', stats: { inFlight: 9 } }), aServer({ id: 'b', inFlight: 2 })],
      ['b', 'a'],
    ],
    [
      'half as many before the rest, for half the weight',
      [
        aServer({ id: 'half', inFlight: 3, weight: 0.5 }),
        aServer({ id: 'a', inFlight: 6 }),
        aServer({ id: 'b', inFlight: 8 }),
      ],
      ['a', 'half', 'b'],
    ],
  ])('puts %s', (_, servers, expected) => {
    expect(ids(made(byInFlight)(servers, aMoment()))).toEqual(expected);
  });

  it.each([3, 20])('behind a sample shares the work of %i identical servers evenly', (n) => {
    const bench = new Bench(Array.from({ length: n }, (_, i) => ({ id: `s${i}` })));
    const { fewest, most, mean } = spreadOf(bench, bench.chain([sample, byInFlight]));
    expect(most / mean).toBeLessThan(1.1);
    expect(fewest / mean).toBeGreaterThan(0.9);
  });

  it('goes by what this proxy has under way alone where it is asked to', () => {
    const servers = [
      aServer({ id: 'a', stats: { inFlight: 1 }, inFlight: 3, inFlightAtReport: 3 }),
      aServer({ id: 'b', stats: { inFlight: 9 }, inFlight: 2, inFlightAtReport: 2 }),
    ];
    expect(ids(made(byInFlight)(servers, aMoment()))).toEqual(['a', 'b']);
    expect(ids(made(byInFlight, 'own')(servers, aMoment()))).toEqual(['b', 'a']);
    expect(faultsIn(byInFlight, 'all')).toHaveLength(1);
  });

  it('behind byRandom chooses each of equals as often', () => {
    const bench = new Bench(['a', 'b', 'c', 'd'].map((id) => ({ id })));
    const chain = bench.chain([byRandom, [byInFlight, 'own']]);
    const chosen = Array.from({ length: 400 }, () => bench.decide(chain).chosen?.id);
    for (const id of 'abcd') expect(chosen.filter((one) => one === id).length).toBeGreaterThan(70);
  });

  it('gives a server of half the weight half as much', () => {
    expect(shareOfHalf([sample, byInFlight])).toBeCloseTo(0.5, 1);
  });
});
