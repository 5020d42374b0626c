import { describe, expect, it } from 'vitest';
import { byInFlight, byRandom, byZone } from '../../candidacy/index.ts';
import type { Stats } from '../../src/core/types.ts';
import { aMoment, aServer } from '../../src/testing/index.ts';
import { spreadOf } from './spread.ts';
import { Bench, faultsIn, ids, made } from './support.ts';

/** Servers by zone: the letter of their id, with so many requests on so many cores. */
const aZone = (zone: string, counts: readonly number[], stats: Stats = {}) =>
  counts.map((inFlight, i) =>
    aServer({ id: `${zone}${i}`, tags: [`zone:${zone}`], stats: { cpus: 4, inFlight, ...stats } }),
  );

const kept = (options: unknown, ...zones: readonly (readonly ReturnType<typeof aServer>[])[]) =>
  ids(made(byZone, options)(zones.flat(), aMoment()));

describe('byZone', () => {
  it('keeps the servers of its zone', () => {
    expect(kept('a', aZone('a', [2, 2]), aZone('b', [2, 2]))).toEqual(['a0', 'a1']);
  });

  it.each([
    ['1.25 times the mean', {}, [10, 10], [6, 6], ['a0', 'a1']],
    ['more than that', {}, [11, 11], [6, 6], ['a0', 'a1', 'b0', 'b1']],
    ['1.5 times the mean, where so much is allowed', { spill: 1.5 }, [18, 18], [6, 6], ['a0', 'a1']],
    ['more than the mean, where nothing is', { spill: 1 }, [7, 7], [6, 6], ['a0', 'a1', 'b0', 'b1']],
    ['many times the mean, but half a request per core', {}, [2, 2], [0, 0], ['a0', 'a1']],
    ['many times the mean', { calm: 0 }, [2, 2], [0, 0], ['a0', 'a1', 'b0', 'b1']],
  ])('with %s in its zone keeps what it should (%j)', (_, options, here, elsewhere, expected) => {
    expect(kept({ zone: 'a', ...options }, aZone('a', here), aZone('b', elsewhere))).toEqual(expected);
  });

  it('counts requests per core', () => {
    expect(kept('a', aZone('a', [16, 16], { cpus: 16 }), aZone('b', [4, 4]))).toEqual(['a0', 'a1']);
  });

  it.each([
    ['one server', {}, [0], ['a0', 'b0', 'b1']],
    ['one server, where that is enough', { least: 1 }, [0], ['a0']],
    ['two of three', { least: 3 }, [0, 0], ['a0', 'a1', 'b0', 'b1']],
    ['no server', {}, [], ['b0', 'b1']],
  ])('keeps everybody where %s is left (%j)', (_, options, here, expected) => {
    expect(kept({ zone: 'a', ...options }, aZone('a', here), aZone('b', [0, 0]))).toEqual(expected);
  });

  it('goes by the tag with its prefix', () => {
    const servers = ['az=a', 'az=a', 'zone:a', 'a'].map((tag, i) => aServer({ id: `s${i}`, tags: [tag] }));
    expect(ids(made(byZone, { zone: 'a', prefix: 'az=' })(servers, aMoment()))).toEqual(['s0', 's1']);
    expect(ids(made(byZone, { zone: 'a', prefix: '', least: 1 })(servers, aMoment()))).toEqual(['s3']);
  });

  it('keeps its zone where nobody counts the requests of the others', () => {
    const silent = (zone: string, inFlight: number) =>
      ['0', '1'].map((i) => aServer({ id: zone + i, tags: [`zone:${zone}`], inFlight }));
    expect(kept('a', silent('a', 50), silent('b', 0))).toEqual(['a0', 'a1']);
    expect(kept('a', silent('a', 50), aZone('b', [0, 0]))).toEqual(['a0', 'a1', 'b0', 'b1']);
  });

  it('leaves what is no number out of the sums', () => {
    const odd = [
      { cpus: Number.NaN },
      { cpus: 0 },
      { inFlight: Number.NaN },
      { inFlight: Number.POSITIVE_INFINITY },
    ].map((stats, i) =>
      aServer({ id: `x${i}`, tags: ['zone:b'], stats: { inFlight: 1, cpus: 1, ...stats } }),
    );
    expect(kept('a', aZone('a', [10, 10]), aZone('b', [6, 6]), odd)).toEqual(['a0', 'a1']);
    expect(kept('a', aZone('a', [11, 11]), aZone('b', [6, 6]), odd)).toHaveLength(8);
    const noted = ids(made(byZone, 'b')([...odd, ...aZone('a', [1])], aMoment()));
    expect(noted).toEqual(['x0', 'x1', 'x2', 'x3']);
  });

  it('takes an empty list', () => {
    expect(kept('a')).toEqual([]);
  });

  it('sees tags that change', () => {
    const bench = new Bench(['a', 'b', 'c'].map((id) => ({ id, tags: id === 'c' ? [] : ['zone:a'] })));
    const chain = bench.chain([[byZone, 'a']]);
    const inZone = () => bench.explain(chain)[0]?.after;
    expect(inZone()).toBe(2);
    bench.pool.retag(bench.server('b'), []);
    expect(inZone()).toBe(3);
    bench.pool.retag(bench.server('c'), ['zone:a']);
    expect(inZone()).toBe(2);
  });

  it('tries the other zones last, and says why they were left out', () => {
    const bench = new Bench(['a0', 'a1', 'b0'].map((id) => ({ id, tags: [`zone:${id[0]}`] })));
    const chain = bench.chain([[byZone, 'a']]);
    expect(ids(bench.decide(chain).ranked)).toEqual(['a0', 'a1', 'b0']);
    expect(bench.explain(chain)[0]?.dropped).toEqual([{ id: 'b0', reason: 'is not in zone a' }]);
  });

  const threeZones = () => {
    const bench = new Bench(
      ['a0', 'a1', 'a2', 'b0', 'b1', 'b2', 'c0', 'c1', 'c2'].map((id) => ({ id, tags: [`zone:${id[0]}`] })),
    );
    for (const { id } of bench.pool.servers) bench.report(id, { cpus: 1, inFlight: 0 });
    return bench;
  };
  const ofZone = (byId: ReadonlyMap<string, number>, zone: string) =>
    [...byId].filter(([id]) => id.startsWith(zone)).map(([, count]) => count);

  it('uses its servers alike, and the others not at all, with little to do', () => {
    const bench = threeZones();
    const { byId } = spreadOf(
      bench,
      bench.chain([[byZone, { zone: 'a', calm: 2 }], byRandom, byInFlight]),
      3,
    );
    expect(ofZone(byId, 'b').concat(ofZone(byId, 'c'))).toEqual([0, 0, 0, 0, 0, 0]);
    for (const count of ofZone(byId, 'a')) expect(Math.abs(count / 3000 - 1)).toBeLessThan(0.05);
  });

  it('spills over, alike to all others, what its zone has above 1.25 of the mean', () => {
    const bench = threeZones();
    const { byId } = spreadOf(bench, bench.chain([[byZone, 'a'], byRandom, byInFlight]), 90);
    for (const count of ofZone(byId, 'a')) expect(count / 1000).toBeGreaterThan(1.15);
    for (const count of ofZone(byId, 'a')) expect(count / 1000).toBeLessThan(1.35);
    // Three standard deviations of 875 draws.
    for (const count of ofZone(byId, 'b').concat(ofZone(byId, 'c')))
      expect(Math.abs(count / 875 - 1)).toBeLessThan(0.1);
  });

  it.each([{}, '', { zone: 'a', spill: 0.5 }, { zone: 'a', least: 0 }, { zone: 'a', calm: -1 }])(
    'refuses %j',
    (options) => {
      expect(faultsIn(byZone, options)).not.toEqual([]);
    },
  );
});
