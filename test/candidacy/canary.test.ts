import { describe, expect, it } from 'vitest';
import { byRendezvous, canary } from '../../candidacy/index.ts';
import { aMoment, aRequest, aServer } from '../../src/testing/index.ts';
import { countsOf, named, unevenness } from './keyed.ts';
import { Bench, faultsIn, ids, made } from './support.ts';

const KEYS = 40_000;
const old = ['a', 'b', 'c'].map((id, slot) => aServer({ id, slot }));
const fresh = ['v', 'w'].map((id, i) => aServer({ id, slot: 3 + i, tags: ['v2'] }));
const servers = [...old, ...fresh];

const ipOf = (i: number): string => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`;

/** Keys, by number, that go to the canary. */
const chosenFor = (options: object, keys = KEYS): ReadonlySet<number> => {
  const run = made(canary, { tag: 'v2', ...options });
  const chosen = new Set<number>();
  for (let i = 0; i < keys; i++)
    if (run(servers, aMoment({ request: aRequest({ clientIp: ipOf(i) }) }))[0] === fresh[0]) chosen.add(i);
  return chosen;
};

describe('canary', () => {
  it.each([
    [{}, 0.05],
    [{ share: 0.2 }, 0.2],
    [{ share: '12.5%' }, 0.125],
    [{ share: 0 }, 0],
    [{ share: '0%' }, 0],
    [{ share: 1 }, 1],
    [{ share: '100%' }, 1],
  ])('with %j sends a share of %f of the keys to the canary', (options, share) => {
    const part = chosenFor(options).size / KEYS;
    // Five standard deviations.
    expect(Math.abs(part - share)).toBeLessThanOrEqual(5 * Math.sqrt((share * (1 - share)) / KEYS));
  });

  it('keeps a key on its side, whatever the seed and however often it comes', () => {
    const run = made(canary, { tag: 'v2', share: 0.5 });
    for (let i = 0; i < 500; i++) {
      const request = aRequest({ clientIp: ipOf(i) });
      const [first, ...others] = [1, 2, 3].map((seed) => ids(run(servers, aMoment({ request, seed }))));
      expect(['a,b,c', 'v,w']).toContain(String(first));
      for (const other of others) expect(other).toEqual(first);
    }
  });

  it('moves only the difference when the share changes', () => {
    const [little, more] = [chosenFor({ share: 0.05 }), chosenFor({ share: 0.2 })];
    expect([...little].filter((i) => !more.has(i))).toEqual([]);
    expect(more.size - little.size).toBeGreaterThan(0.14 * KEYS);
  });

  it('draws other keys for another tag', () => {
    const run = (tag: string) => made(canary, { tag, share: 0.5 });
    const both = servers.map((one) =>
      aServer({ id: one.id, slot: one.slot, tags: one.tags.has('v2') ? ['x', 'y'] : [] }),
    );
    let same = 0;
    for (let i = 0; i < 4000; i++) {
      const moment = aMoment({ request: aRequest({ clientIp: ipOf(i) }) });
      if (run('x')(both, moment)[0] === run('y')(both, moment)[0]) same += 1;
    }
    expect(Math.abs(same / 4000 - 0.5)).toBeLessThan(0.04);
  });

  it('leaves the keys of each side spread evenly by byRendezvous on the same key', () => {
    const pool = named(8).map((one, i) => (i < 4 ? one : aServer({ id: one.id, slot: i, tags: ['v2'] })));
    const [split, order] = [made(canary, { tag: 'v2', share: 0.5 }), made(byRendezvous, 'ip')];
    const firsts = Array.from({ length: 64_000 }, (_, i) => {
      const moment = aMoment({ request: aRequest({ clientIp: ipOf(i) }) });
      return order(split(pool, moment), moment)[0]?.id;
    });
    expect(unevenness(countsOf(pool, firsts).values())).toBeLessThan(0.05);
  });

  it.each([
    ['always', ['v', 'w']],
    ['never', ['a', 'b', 'c']],
  ])('lets the header decide with %j', (value, kept) => {
    for (const share of [0, 1])
      expect(
        ids(
          made(canary, { tag: 'v2', share, header: 'X-Canary' })(
            servers,
            aMoment({ request: aRequest({ clientIp: '10.0.0.1', headers: { 'x-canary': value } }) }),
          ),
        ),
      ).toEqual(kept);
  });

  it.each([
    ['another value', { header: 'X-Canary' }, 'yes'],
    ['a header that nobody named', {}, 'always'],
  ])('goes by the share with %s', (_, options, value) => {
    const request = aRequest({ clientIp: '10.0.0.1', headers: { 'x-canary': value } });
    expect(ids(made(canary, { tag: 'v2', share: 0, ...options })(servers, aMoment({ request })))).toEqual([
      'a',
      'b',
      'c',
    ]);
  });

  it('draws requests without the key one by one, or leaves the list as it is when told to', () => {
    const run = made(canary, { tag: 'v2', share: 0.25, key: 'cookie:user' });
    const moment = aMoment({ seed: 5 });
    let chosen = 0;
    for (let i = 0; i < KEYS; i++) if (run(servers, moment)[0] === fresh[0]) chosen += 1;
    expect(Math.abs(chosen / KEYS - 0.25)).toBeLessThan(0.011);
    expect(made(canary, { tag: 'v2', key: 'cookie:user', keyless: 'keep' })(servers, moment)).toBe(servers);
  });

  it.each([
    ['of canaries alone', fresh],
    ['without a canary', old],
    ['of nobody', []],
  ])('leaves a list %s as it is', (_, list) => {
    for (const share of [0, 1])
      expect(
        made(canary, { tag: 'v2', share })(list, aMoment({ request: aRequest({ clientIp: '10.0.0.1' }) })),
      ).toEqual(list);
  });

  it('tries the other side last, and says why it was left out', () => {
    const bench = new Bench([{ id: 'a' }, { id: 'v', tags: ['v2'] }]);
    const request = aRequest({ clientIp: '10.0.0.1' });
    for (const [share, order, reason] of [
      [1, ['v', 'a'], 'is no canary (v2)'],
      [0, ['a', 'v'], 'is a canary (v2)'],
    ] as const) {
      const chain = bench.chain([[canary, { tag: 'v2', share }]]);
      expect(ids(bench.decide(chain, request).ranked)).toEqual(order);
      expect(bench.explain(chain, request)[0]?.dropped).toEqual([{ id: order[1], reason }]);
    }
  });

  it.each([5, -0.1, '5', '101%', '1e1%', 'some'])('refuses a share of %j', (share) => {
    expect(faultsIn(canary, { tag: 'v2', share })).toEqual([
      `expected a share from 0 to 1, or 0% to 100%, got ${JSON.stringify(share)}`,
    ]);
  });

  it.each([{}, { tag: '' }, { tag: 'v2', key: 'user' }, { tag: 'v2', header: 'X Canary' }])(
    'refuses %j',
    (options) => {
      expect(faultsIn(canary, options)).not.toEqual([]);
    },
  );
});
