import { describe, expect, it } from 'vitest';
import { boundedLoad, byMaglev, byRendezvous } from '../../candidacy/index.ts';
import { seededRandom } from '../../src/core/random.ts';
import type { Done } from '../../src/core/types.ts';
import { aMoment, aRequest, aServer } from '../../src/testing/index.ts';
import { pathOf, unevenness } from './keyed.ts';
import { Bench, faultsIn, ids, made, type Written } from './support.ts';

const busy = (counts: readonly number[], weights: readonly number[] = []) =>
  counts.map((inFlight, slot) => aServer({ id: `a${slot}`, slot, inFlight, weight: weights[slot] ?? 1 }));

describe('boundedLoad', () => {
  it.each([
    ['everybody who is idle', 1.25, [0, 0, 0], [], ['a0', 'a1', 'a2']],
    ['nobody at the cap of ceil(1.25 x 11 / 4) = 4', 1.25, [4, 3, 3, 0], [], ['a1', 'a2', 'a3']],
    ['everybody below the cap of ceil(2 x 11 / 4) = 6', 2, [4, 3, 3, 0], [], ['a0', 'a1', 'a2', 'a3']],
    ['half as many for half the weight', 1, [3, 3, 3], [0.5, 1, 1], ['a1', 'a2']],
    ['nobody without weight', 1.25, [0, 0], [0, 1], ['a1']],
    ['no count that is no number', 1.25, [Number.NaN, 1, 1], [], ['a1', 'a2']],
    ['everybody where nobody weighs anything', 1.25, [1, 2], [0, 0], ['a0', 'a1']],
    ['everybody where no count is a number', 1.25, [Number.NaN, Number.NaN], [], ['a0', 'a1']],
    ['nobody of nobody', 1.25, [], [], []],
  ])('keeps %s', (_, factor, counts, weights, kept) => {
    expect(ids(made(boundedLoad, factor)(busy(counts, weights), aMoment()))).toEqual(kept);
  });

  it('keeps somebody, whatever the counts are', () => {
    const { next } = seededRandom(3);
    for (let i = 0; i < 2000; i++) {
      const counts = Array.from({ length: 1 + Math.floor(next() * 9) }, () => Math.floor(next() * 6));
      const servers = busy(
        counts,
        counts.map(() => Math.ceil(next() * 4) / 2),
      );
      const kept = made(boundedLoad, 1)(servers, aMoment());
      expect(kept.length).toBeGreaterThan(0);
      expect(ids(kept)).toEqual(ids(servers).filter((id) => ids(kept).includes(id)));
    }
  });

  it('puts the others at random behind a full first one if it is to jump', () => {
    const servers = busy([9, ...new Array<number>(12).fill(0)]);
    const firsts = new Set(
      Array.from(
        { length: 200 },
        (_, seed) => made(boundedLoad, { jump: true })(servers, aMoment({ seed }))[0]?.id,
      ),
    );
    expect(firsts.size).toBe(12);
    const idle = busy(new Array<number>(13).fill(0));
    expect(ids(made(boundedLoad, { jump: true })(idle, aMoment()))).toEqual(ids(idle));
  });

  it('says of a full server how much it has, and how much it may have', () => {
    const bench = new Bench(['a', 'b'].map((id) => ({ id })));
    for (let i = 0; i < 3; i++) bench.board.begin(bench.server('a'), bench.now);
    const [step] = bench.explain(bench.chain([boundedLoad]));
    expect(step?.dropped).toEqual([{ id: 'a', reason: '3 requests, at most 3' }]);
  });

  /** Most requests at once on one server, and the share of cold keys that stayed at home, of one key in three. */
  const hot = (links: readonly Written[]) => {
    const bench = new Bench(Array.from({ length: 10 }, (_, i) => ({ id: `a${i}` })));
    const chain = bench.chain(links);
    const home = bench.chain(links.slice(0, 1));
    const { next } = seededRandom(7);
    const open: Done[] = [];
    let [highest, cold, stayed] = [0, 0, 0];
    for (let i = 0; i < 6000; i++) {
      const request = aRequest({ path: next() < 1 / 3 ? '/hot' : pathOf(i) });
      const server = bench.decide(chain, request).chosen!;
      if (request.path !== '/hot') {
        cold += 1;
        if (bench.decide(home, request).chosen === server) stayed += 1;
      }
      open.push(bench.board.begin(server, bench.now));
      highest = Math.max(highest, server.inFlight);
      if (open.length < 100) continue;
      const [done] = open.splice(Math.floor(next() * open.length), 1);
      done?.({ kind: 'answered', status: 200, firstByte: 1, total: 1 }, bench.now);
    }
    return { highest, stayed: stayed / cold };
  };

  it.each([
    ['byRendezvous', byRendezvous],
    ['byMaglev', byMaglev],
  ])('keeps the load of a hot key below the bound behind %s, and leaves most others at home', (_, order) => {
    expect(hot([order]).highest).toBeGreaterThan(30);
    const bounded = hot([order, [boundedLoad, 1.5]]);
    // ceil(1.5 x 100 / 10): those under way before it, and this one.
    expect(bounded.highest).toBeLessThanOrEqual(15);
    expect(bounded.stayed).toBeGreaterThan(0.7);
  });

  it.each([
    ['the next one', {}],
    ['a random one', { jump: true }],
  ])(
    'gives equal servers the same number of requests to within 5 %%, with %s behind a full one',
    (_, options) => {
      const bench = new Bench(Array.from({ length: 6 }, (_, i) => ({ id: `a${i}` })));
      const chain = bench.chain([byRendezvous, [boundedLoad, options]]);
      const { next } = seededRandom(9);
      const open: Done[] = [];
      for (let i = 0; i < 18_000; i++) {
        const server = bench.decide(chain, aRequest({ path: pathOf(i) })).chosen!;
        open.push(bench.board.begin(server, bench.now));
        const [done] = open.length < 30 ? [] : open.splice(Math.floor(next() * open.length), 1);
        done?.({ kind: 'answered', status: 200, firstByte: 1, total: 1 }, bench.now);
      }
      expect(unevenness(bench.pool.servers.map(({ forwarded }) => forwarded))).toBeLessThan(0.05);
    },
  );

  it('tries those without room last', () => {
    const bench = new Bench(['a', 'b', 'c'].map((id) => ({ id })));
    const chain = bench.chain([byRendezvous, boundedLoad]);
    const request = aRequest({ path: '/x' });
    const order = ids(bench.decide(chain, request).ranked);
    for (let i = 0; i < 9; i++) bench.board.begin(bench.server(order[0]!), bench.now);
    expect(ids(bench.decide(chain, request).ranked)).toEqual([...order.slice(1), order[0]]);
  });

  it.each([0.9, 0, 101, '125%', { factor: 1.5, jump: 'yes' }])('refuses %j', (options) => {
    expect(faultsIn(boundedLoad, options)).not.toEqual([]);
  });
});
