import { describe, expect, it } from 'vitest';
import { byMaglev } from '../../candidacy/by-maglev.ts';
import type { Server } from '../../src/core/types.ts';
import { aMoment, aRequest, aServer } from '../../src/testing/index.ts';
import { answerFor, countsOf, firstsFor, named, pathOf, unevenness } from './keyed.ts';
import { Bench, faultsIn, ids, made } from './support.ts';

const KEYS = 40_000;

describe('byMaglev', () => {
  it.each([2, 8, 40])('shares keys out among %i equal servers to within 5 %%', (n) => {
    const servers = named(n);
    const counts = countsOf(servers, firstsFor(made(byMaglev), servers, 8000 * n));
    expect(unevenness(counts.values())).toBeLessThan(0.05);
  });

  it('gives shares by weight to within 5 %', () => {
    const servers = [1, 2, 0.5].map((weight, slot) => aServer({ id: `a${slot}`, slot, weight }));
    const counts = [...countsOf(servers, firstsFor(made(byMaglev), servers, KEYS)).values()];
    for (const [i, share] of [2 / 7, 4 / 7, 1 / 7].entries())
      expect(Math.abs(counts[i]! / KEYS / share - 1)).toBeLessThan(0.05);
  });

  it('moves hardly any key but those of a server that goes', () => {
    const servers = named(20);
    const left = servers.filter(({ id }) => id !== 'a7');
    const [before, after] = [servers, left].map((list) => firstsFor(made(byMaglev), list, KEYS));
    const moved = before!.filter((id, i) => id !== 'a7' && id !== after![i]).length;
    expect(moved / KEYS).toBeLessThan(0.05);
  });

  it('keeps what keys share of a list that comes again, is copied, or changes and changes back', () => {
    const servers = named(12);
    const run = made(byMaglev);
    const fresh = (list: readonly Server[], path: string) => ids(answerFor(made(byMaglev), list, path));
    const lists = [
      servers,
      [...servers],
      servers.slice(1),
      servers.slice(2),
      [...servers],
      servers.toReversed(),
    ];
    for (const [i, list] of [...lists, ...lists].entries())
      expect(ids(answerFor(run, list, pathOf(i)))).toEqual(fresh(list, pathOf(i)));
  });

  it('goes by the weights and speeds of now', () => {
    const bench = new Bench(['a', 'b'].map((id) => ({ id })));
    const share = (chain: ReturnType<Bench['chain']>) => {
      let count = 0;
      for (let i = 0; i < 4000; i++)
        if (bench.decide(chain, aRequest({ path: pathOf(i) })).chosen?.id === 'a') count += 1;
      return count / 4000;
    };
    const byWeight = bench.chain([byMaglev]);
    const byArriba = bench.chain([[byMaglev, { by: 'arriba' }]]);
    for (const chain of [byWeight, byArriba]) expect(share(chain)).toBeCloseTo(0.5, 1);
    bench.report('a', { arriba: 3000 });
    bench.report('b', { arriba: 1000 });
    expect(share(byArriba)).toBeCloseTo(0.75, 1);
    bench.board.setHand('web', 'b', { state: 'ready', weight: 3, reason: '' });
    expect(share(byWeight)).toBeCloseTo(0.25, 1);
    expect(share(byArriba)).toBeCloseTo(0.5, 1);
  });

  it('keeps 16 servers of a key, in an order that is the same for it and another one for others', () => {
    const servers = named(100);
    const run = made(byMaglev);
    const seconds = new Set<string>();
    const first = ids(answerFor(run, servers, pathOf(0)))[0];
    for (let i = 0; i < 20_000; i++) {
      const kept = ids(answerFor(run, servers, pathOf(i)));
      if (i < 100) {
        expect(new Set(kept).size).toBe(16);
        expect(ids(answerFor(run, servers, pathOf(i)))).toEqual(kept);
      }
      if (kept[0] === first) seconds.add(kept[1]!);
    }
    // 200 keys of one server draw among 99 others: 86 of them are met in the mean.
    expect(seconds.size).toBeGreaterThan(70);
  });

  it('tries the rest after the servers of the key', () => {
    const bench = new Bench(Array.from({ length: 9 }, (_, i) => ({ id: `a${i}` })));
    const request = aRequest({ path: '/x' });
    const { ranked } = bench.decide(bench.chain([[byMaglev, { most: 3 }]]), request);
    expect(ids(ranked).slice(0, 3)).toEqual(
      ids(made(byMaglev, { most: 3 })(bench.pool.servers, aMoment({ request }))),
    );
    expect(ids(ranked).toSorted()).toEqual(ids(bench.pool.servers).toSorted());
  });

  it('finds servers of hardly any weight last, and those of none behind them', () => {
    const servers = [
      aServer({ id: 'none', slot: 0, weight: 0 }),
      aServer({ id: 'tiny', slot: 1, weight: 1e-6 }),
      aServer({ id: 'whole', slot: 2 }),
    ];
    const firsts = countsOf(servers, firstsFor(made(byMaglev), servers, 2000));
    expect(firsts.get('whole')).toBeGreaterThan(1990);
    expect(firsts.get('none')).toBe(0);
    expect(ids(answerFor(made(byMaglev), servers, '/x')).toSorted()).toEqual(['none', 'tiny', 'whole']);
  });

  it('spreads requests without the key, or leaves the list as it is when told to', () => {
    const servers = named(4);
    const run = made(byMaglev, 'cookie:user');
    const moment = aMoment({ seed: 3 });
    const firsts = Array.from({ length: 16_000 }, () => run(servers, moment)[0]?.id);
    expect(unevenness(countsOf(servers, firsts).values())).toBeLessThan(0.05);
    expect(made(byMaglev, { key: 'cookie:user', keyless: 'keep' })(servers, moment)).toBe(servers);
  });

  it('leaves a list of one and an empty one as they are', () => {
    for (const servers of [[], named(1)]) expect(answerFor(made(byMaglev), servers, '/x')).toBe(servers);
  });

  it('says of a dropped server that it is none of this key', () => {
    const bench = new Bench(['a', 'b', 'c'].map((id) => ({ id })));
    const [step] = bench.explain(bench.chain([[byMaglev, { most: 1 }]]), aRequest({ path: '/x' }));
    expect(step?.dropped.map(({ reason }) => reason)).toEqual([
      'is not among the first 1 of this key',
      'is not among the first 1 of this key',
    ]);
  });

  it.each([
    [65_536, 'expected a prime, such as 16381, 65537 or 655373, got 65536'],
    [1021, 'expected a prime from 4099 to 5000011'],
    [10_000_019, 'expected a prime from 4099 to 5000011'],
  ])('refuses a table of %i slots', (size, message) => {
    expect(faultsIn(byMaglev, { size })).toEqual([message]);
  });

  it('takes tables of other sizes', () => {
    const servers = named(8);
    for (const size of [4099, 655_373]) {
      const counts = countsOf(servers, firstsFor(made(byMaglev, { size }), servers, 64_000));
      expect(unevenness(counts.values())).toBeLessThan(0.05);
    }
  });
});
