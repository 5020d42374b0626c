import { describe, expect, it } from 'vitest';
import { boundedLoad, byRendezvous, byTag } from '../../candidacy/index.ts';
import { aMoment, aRequest, aServer } from '../../src/testing/index.ts';
import { answerFor, countsOf, firstsFor, named, pathOf, unevenness } from './keyed.ts';
import { Bench, faultsIn, ids, made } from './support.ts';

const KEYS = 30_000;

describe('byRendezvous', () => {
  it.each([2, 8, 16])('shares keys out among %i equal servers to within 5 %%', (n) => {
    const servers = named(n);
    // A mean of 8,000 keys a server, so that 5 % are more than four standard deviations.
    const counts = countsOf(servers, firstsFor(made(byRendezvous), servers, 8000 * n));
    expect(unevenness(counts.values())).toBeLessThan(0.05);
  });

  it.each([
    ['the weight', 'weight', [{ weight: 1 }, { weight: 2 }, { weight: 0.5 }], [2 / 7, 4 / 7, 1 / 7]],
    ['the speed', 'arriba', [{ arriba: 1000 }, { arriba: 2000 }, {}], [1 / 4, 1 / 2, 1 / 4]],
    ['weight and speed', 'arriba', [{ arriba: 2000, weight: 0.5 }, { arriba: 1000 }], [1 / 2, 1 / 2]],
    [
      'speed and cores',
      'capacity',
      [{ stats: { cpus: 4, arriba: 1000 } }, { stats: { cpus: 8, arriba: 500 } }, { stats: { cpus: 8 } }],
      [1 / 4, 1 / 4, 1 / 2],
    ],
    [
      'the speed of the undisturbed machine',
      'arriba',
      [{ stats: { arriba: 100, arribaNominal: 1000 } }, { stats: { arriba: 1000 } }],
      [1 / 2, 1 / 2],
    ],
    [
      'a configured speed before any other',
      'arriba',
      [{ arriba: 2000, stats: { arriba: 100, arribaNominal: 1000 } }, { arriba: 1000 }],
      [2 / 3, 1 / 3],
    ],
    ['a speed to the nearest step', 'arriba', [{ arriba: 1050 }, { arriba: 960 }], [1 / 2, 1 / 2]],
  ])('gives shares by %s to within 5 %%', (_, by, facts, shares) => {
    const servers = facts.map((one, slot) => aServer({ id: `a${slot}`, slot, ...one }));
    const counts = [...countsOf(servers, firstsFor(made(byRendezvous, { by }), servers, KEYS)).values()];
    for (const [i, share] of shares.entries())
      expect(Math.abs(counts[i]! / KEYS / share - 1)).toBeLessThan(0.05);
  });

  it('moves the keys of a server that goes, and no other, each to what was its second', () => {
    const servers = named(10);
    const run = made(byRendezvous);
    const left = servers.filter(({ id }) => id !== 'a4');
    const heirs = new Map<string, number>();
    for (let i = 0; i < KEYS; i++) {
      const [first, ...others] = ids(answerFor(run, servers, pathOf(i)));
      expect(ids(answerFor(run, left, pathOf(i)))[0]).toBe(first === 'a4' ? others[0] : first);
      if (first === 'a4') heirs.set(others[0]!, (heirs.get(others[0]!) ?? 0) + 1);
    }
    expect(heirs.size).toBe(9);
    // 333 keys each: five standard deviations.
    expect(unevenness(heirs.values())).toBeLessThan(0.27);
  });

  it('takes keys to a server whose weight grows, and between no others', () => {
    const before = named(5);
    const after = before.map((one) => (one.id === 'a2' ? aServer({ id: 'a2', slot: 2, weight: 2 }) : one));
    const [from, to] = [before, after].map((servers) => firstsFor(made(byRendezvous), servers, KEYS));
    for (const [i, id] of to!.entries()) expect([from![i], 'a2']).toContain(id);
    const share = to!.filter((id) => id === 'a2').length / KEYS;
    expect(share).toBeCloseTo(1 / 3, 1);
  });

  it('gives the same order whatever order the servers came in, and whatever the seed', () => {
    const servers = named(30);
    const run = made(byRendezvous);
    const moment = (seed: number) => aMoment({ seed, request: aRequest({ path: '/x' }) });
    const order = ids(run(servers, moment(1)));
    expect(ids(run(servers.toReversed(), moment(2)))).toEqual(order);
    expect(order.toSorted()).toEqual(ids(servers).toSorted());
    expect(order).not.toEqual(ids(servers));
  });

  it('puts servers of no weight, and of a speed that is none, last', () => {
    const servers = [
      aServer({ id: 'no-weight', weight: 0 }),
      aServer({ id: 'no-number', arriba: Number.NaN }),
      ...named(3),
    ];
    for (let i = 0; i < 200; i++)
      expect(ids(answerFor(made(byRendezvous, { by: 'arriba' }), servers, pathOf(i))).slice(3)).toEqual([
        'no-weight',
        'no-number',
      ]);
  });

  it('is decided by the best alone as the last link, in the order that the others are tried', () => {
    const bench = new Bench(['a', 'b', 'c', 'd'].map((id) => ({ id })));
    const chain = bench.chain([byRendezvous]);
    for (let i = 0; i < 50; i++) {
      const request = aRequest({ path: pathOf(i) });
      const { chosen, ranked } = bench.decide(chain, request);
      const order = ids(made(byRendezvous)(bench.pool.servers, aMoment({ request })));
      expect(ids(ranked)).toEqual(order);
      expect(chosen?.id).toBe(order[0]);
    }
  });

  it('explains its order by scores, lowest first', () => {
    const bench = new Bench(['a', 'b', 'c'].map((id) => ({ id })));
    const request = aRequest({ path: '/x' });
    const [step] = bench.explain(bench.chain([byRendezvous]), request);
    expect(step?.scores?.map(({ id }) => id)).toEqual(
      ids(made(byRendezvous)(bench.pool.servers, aMoment({ request }))),
    );
  });

  describe('for requests without the key', () => {
    const spread = (links: Parameters<Bench['chain']>[0]) => {
      const bench = new Bench(['a', 'b', 'c', 'd'].map((id) => ({ id })));
      const chain = bench.chain(links);
      const firsts = Array.from({ length: 16_000 }, () => bench.decide(chain).chosen?.id);
      return [...countsOf(bench.pool.servers, firsts).values()];
    };

    it.each([
      ['as the last link', [[byRendezvous, 'cookie:user']]],
      ['with another behind it', [[byRendezvous, 'cookie:user'], boundedLoad]],
    ] as const)('sends them everywhere alike, %s', (_, links) => {
      expect(unevenness(spread(links))).toBeLessThan(0.05);
    });

    it('leaves the list as it is when told to keep it', () => {
      const servers = named(6);
      const run = made(byRendezvous, { key: 'header:x-user', keyless: 'keep' });
      expect(run(servers, aMoment())).toBe(servers);
      const bench = new Bench(['a', 'b', 'c'].map((id) => ({ id })));
      const chain = bench.chain([[byRendezvous, { key: 'header:x-user', keyless: 'keep' }]]);
      expect(ids(bench.decide(chain).ranked)).toEqual(['a', 'b', 'c']);
    });
  });

  it('knows the key of a request that comes in the object of the one before', () => {
    const bench = new Bench(Array.from({ length: 8 }, (_, i) => ({ id: `a${i}` })));
    const chain = bench.chain([byRendezvous]);
    const request = { ...aRequest() };
    const chosen = new Set<string | undefined>();
    for (let i = 0; i < 200; i++) {
      request.path = pathOf(i);
      chosen.add(bench.decide(chain, request).chosen?.id);
    }
    expect(chosen.size).toBe(8);
  });

  it('takes an empty list, and one that filters have left', () => {
    expect(made(byRendezvous)([], aMoment())).toEqual([]);
    const bench = new Bench([{ id: 'a', tags: ['x'] }, { id: 'b' }]);
    expect(bench.decide(bench.chain([[byTag, 'x'], byRendezvous])).chosen?.id).toBe('a');
  });

  it.each([{ key: 'user' }, { by: 'speed' }, { keyless: 'first' }, 'cookies:user'])(
    'refuses %j',
    (options) => {
      expect(faultsIn(byRendezvous, options)).not.toEqual([]);
    },
  );
});
