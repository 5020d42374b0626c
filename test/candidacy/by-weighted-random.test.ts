import { describe, expect, it } from 'vitest';
import { byWeightedRandom } from '../../candidacy/by-weighted-random.ts';
import type { Server, Stats } from '../../src/core/types.ts';
import { aMoment, aServer } from '../../src/testing/index.ts';
import { faultsIn, ids, made } from './support.ts';

const DRAWS = 20_000;

/** Share of draws in which each server came first. */
const shares = (servers: readonly Server[], options: unknown): readonly number[] => {
  const run = made(byWeightedRandom, options);
  const moment = aMoment({ seed: 9 });
  const firsts = servers.map(() => 0);
  for (let i = 0; i < DRAWS; i++) {
    const at = servers.indexOf(run(servers, moment)[0]!);
    firsts[at] = firsts[at]! + 1;
  }
  return firsts.map((count) => count / DRAWS);
};
const of = (stats?: Stats) => aServer(stats ? { stats } : {});

describe('byWeightedRandom', () => {
  it.each<[string, unknown, readonly Server[], readonly number[]]>([
    ['arriba x cpus', {}, [of({ arriba: 1000, cpus: 4 }), of({ arriba: 2000, cpus: 8 })], [0.2, 0.8]],
    ['arriba alone', {}, [aServer({ arriba: 500 }), aServer({ arriba: 1500 })], [0.25, 0.75]],
    ['cpus alone', {}, [of({ cpus: 1 }), of({ cpus: 3 })], [0.25, 0.75]],
    ['idle CPU', 'cpuIdle', [of({ cpuIdle: 0.9 }), of({ cpuIdle: 0.1 })], [0.9, 0.1]],
    ['memory', 'memory', [of({ memoryAvailable: 3e9 }), of({ memoryAvailable: 1e9 })], [0.75, 0.25]],
    [
      'a custom number',
      'custom.free',
      [of({ custom: { free: 1 } }), of({ custom: { free: 4 } })],
      [0.2, 0.8],
    ],
    [
      'the mean for a missing weight',
      'cpuIdle',
      [of({ cpuIdle: 0.6 }), of(), of({ cpuIdle: 0.2 })],
      [0.5, 1 / 3, 1 / 6],
    ],
    [
      'the mean for what is no number',
      'cpuIdle',
      [of({ cpuIdle: 0.5 }), of({ cpuIdle: Number.NaN })],
      [0.5, 0.5],
    ],
    ['equal where nothing is known', 'memory', [of(), of(), of(), of()], [0.25, 0.25, 0.25, 0.25]],
    ['equal where all are 0', 'cpuIdle', [of({ cpuIdle: 0 }), of({ cpuIdle: 0 })], [0.5, 0.5]],
    ['none for 0 beside others', 'cpuIdle', [of({ cpuIdle: 0 }), of({ cpuIdle: 0.1 })], [0, 1]],
    [
      'half for half the weight',
      {},
      [aServer({ weight: 0.5 }), aServer(), aServer({ weight: 0.5 })],
      [0.25, 0.5, 0.25],
    ],
    [
      'the number times the weight',
      'cpuIdle',
      [aServer({ stats: { cpuIdle: 0.8 }, weight: 0.25 }), of({ cpuIdle: 0.6 })],
      [0.25, 0.75],
    ],
    ['none below 0', 'custom.x', [of({ custom: { x: -5 } }), of({ custom: { x: 1 } })], [0, 1]],
  ])('draws by %s', (_, options, servers, expected) => {
    const drawn = shares(servers, options);
    // Five standard deviations of a share of one half.
    for (const [i, share] of expected.entries())
      expect(Math.abs(drawn[i]! - share)).toBeLessThan(5 * Math.sqrt(0.25 / DRAWS));
  });

  it('keeps everyone, for the case that the first fails', () => {
    const servers = ['a', 'b', 'c'].map((id) => aServer({ id, stats: { cpuIdle: 0 } }));
    expect(ids(made(byWeightedRandom, 'cpuIdle')(servers, aMoment())).toSorted()).toEqual(['a', 'b', 'c']);
  });

  it.each(['speed', 'custom.', 'custom', ''])('refuses to weigh by %j', (by) => {
    expect(faultsIn(byWeightedRandom, by)).toEqual(['expected capacity, cpuIdle, memory or custom.<name>']);
  });
});
