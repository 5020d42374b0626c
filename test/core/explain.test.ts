import { describe, expect, it } from 'vitest';
import type { Chain } from '../../src/core/chain.ts';
import { type Decision, decide } from '../../src/core/decide.ts';
import { type Explanation, explain } from '../../src/core/explain.ts';
import { explained, keep, orderBy, pickWeighted, sample, sampleSize } from '../../src/core/making.ts';
import { aBoard, aChain, aContext, aLink, preferring, reversed, without } from './support.ts';

let ticks = 0;
const clock = (): number => {
  ticks += 1;
  return ticks / 1000;
};

const explainNow = (chain: Chain, facts: Partial<Parameters<typeof explain>[1]> = {}): Explanation => {
  const { request, now, proxies } = aContext();
  return explain(chain, { request, now, proxies, seed: 1, clock, ...facts });
};

const young = () =>
  aLink(
    'young',
    keep(
      ({ heardAt }, { now }) => now - heardAt <= 100,
      ({ heardAt }, { now }) => `age ${now - heardAt} > 100`,
    ),
    { scope: 'board' },
  );
const byInFlight = () =>
  aLink(
    'byInFlight',
    orderBy(({ inFlight }) => inFlight),
    { kind: 'order' },
  );

const summary = ({ chosen, delivery, ranked, steps }: Decision) => ({
  chosen: chosen?.id ?? null,
  delivery,
  ranked: ranked.map(({ id }) => id),
  steps: steps.map(({ name, before, after }) => ({ name, before, after })),
});

describe('explain', () => {
  it('says who was dropped by whom, and why', () => {
    const { board, pool, server } = aBoard(['a', 'b', 'c', 'd']);
    for (const [id, heardAt] of [
      ['a', 0],
      ['b', 60],
      ['c', 70],
      ['d', 80],
    ] as const)
      server(id).heardAt = heardAt;
    server('b').inFlight = 2;
    board.setHand('web', 'd', { state: 'drain', reason: 'new disk' });
    const { chain } = aChain([young(), without('z'), byInFlight()], pool);
    const { steps, ...rest } = explainNow(chain, { now: 150 });
    const why =
      'c won: byInFlight 0 against 2 (b); d left out by drained (drain: new disk); a left out by young (age 150 > 100)';
    expect(rest).toEqual({ why, chosen: 'c', delivery: 'proxy', ranked: ['c', 'b'] });
    expect(steps).toMatchObject([
      { name: 'drained', before: 4, after: 3, dropped: [{ id: 'd', reason: 'drain: new disk' }] },
      { name: 'young', before: 3, after: 2, dropped: [{ id: 'a', reason: 'age 150 > 100' }] },
      { name: 'without z', before: 2, after: 2, dropped: [] },
      {
        name: 'byInFlight',
        scores: [
          { id: 'c', score: 0 },
          { id: 'b', score: 2 },
        ],
      },
    ]);
  });

  it('says what was told by an agent-check, and of a weight of 0', () => {
    const { board, pool, server } = aBoard(['a', 'b', 'c']);
    pool.setTold(server('a'), { state: 'down', weight: 1, reason: 'no disk' });
    board.setHand('web', 'b', { state: 'ready', weight: 0, reason: 'idle' });
    expect(explainNow(aChain([byInFlight()], pool).chain).steps[0]).toMatchObject({
      name: 'drained',
      dropped: [
        { id: 'a', reason: 'down: no disk' },
        { id: 'b', reason: 'weight 0' },
      ],
    });
  });

  it('has a reason for every drop, whatever a link has to say', () => {
    const size = (n: number): number => sampleSize(n, 1);
    const first = explained((servers) => servers.slice(0, size(servers.length)), { window: size });
    const silent = explained((servers) => servers.slice(1), {
      reason: () => {
        throw new Error('no');
      },
    });
    const links = [without('a'), aLink('window', first, { kind: 'cut' }), aLink('silent', silent)];
    const { steps } = explainNow(aChain(links, aBoard(['a', 'b', 'c', 'd', 'e']).pool).chain);
    expect(steps.map(({ dropped }) => dropped.map(({ reason }) => reason))).toEqual([
      ['dropped by without a'],
      ['not among the first 2 of 4', 'not among the first 2 of 4'],
      ['dropped by silent, whose reason failed'],
    ]);
  });

  it('shows at most twenty scores, best first, and null for what is no number', () => {
    const names = Array.from({ length: 30 }, (_, i) => `s${i}.example.com`);
    const score = aLink(
      'score',
      orderBy(({ slot }) => (slot === 3 ? Number.NaN : -slot)),
      { kind: 'order' },
    );
    const many = explainNow(aChain([score], aBoard(names).pool).chain).steps[0]?.scores;
    expect(many?.map((entry) => entry.score)).toEqual(Array.from({ length: 20 }, (_, i) => i - 29));
    const few = explainNow(aChain([score], aBoard(names.slice(0, 5)).pool).chain).steps[0]?.scores;
    expect(few?.map((entry) => entry.score)).toEqual([-4, -2, -1, -0, null]);
  });

  it('shows the steps that a chain never came to', () => {
    const nobody = aLink('nobody', () => []);
    const { chain } = aChain([nobody, reversed()], aBoard(['a']).pool, 'refuse');
    const { chosen, delivery, steps } = explainNow(chain);
    expect({ chosen, delivery }).toEqual({ chosen: null, delivery: 'refused' });
    expect(steps[1]).toEqual({ name: 'reversed', before: 0, after: 0, dropped: [], us: 0 });
  });

  it('says how long each link took', () => {
    const { steps } = explainNow(aChain([reversed(), byInFlight()], aBoard(['a', 'b']).pool).chain);
    expect(steps.map(({ us }) => us)).toEqual([1, 1]);
  });

  it('says where a redirect leads', () => {
    const redirect = { location: 'http://a/', status: 302 } as const;
    const link = aLink('link', (servers, { deliver: _, ...moment }) => servers.slice(moment.now));
    const mark = aLink('mark', (servers, moment) => {
      for (const server of servers) moment.deliver(server, redirect);
      return servers;
    });
    expect(explainNow(aChain([mark, link], aBoard(['a']).pool).chain, { now: 0 })).toMatchObject({
      delivery: 'redirect',
      redirect,
    });
  });

  it('is ready for JSON', () => {
    const explanation = explainNow(aChain([preferring('a'), byInFlight()], aBoard(['a', 'b']).pool).chain);
    expect(JSON.parse(JSON.stringify(explanation))).toEqual(explanation);
  });
});

describe('an explanation with the seed of a decision', () => {
  const chains = {
    'a sample': [young(), aLink('sample', sample(3), { kind: 'cut' }), byInFlight()],
    weights: [
      aLink(
        'weighted',
        pickWeighted(({ slot }) => slot + 1),
        { kind: 'order' },
      ),
    ],
    'a fused window': [
      aLink(
        'shuffle',
        explained((servers) => servers, { shuffles: true }),
        { kind: 'order' },
      ),
      aLink(
        'window',
        explained((servers) => servers, { window: (n) => n >> 1 }),
        { kind: 'cut' },
      ),
      without('c d'),
      byInFlight(),
    ],
    'a refusal': [without('a b c d e f g h i j')],
  };

  it.each(Object.entries(chains))('is that decision: %s', (_, links) => {
    const { pool } = aBoard([...'abcdefghij']);
    pool.servers.forEach((server, i) => {
      server.hear('n', {}, i * 10);
      server.inFlight = i % 3;
    });
    const { chain } = aChain(links, pool, 'refuse');
    const context = aContext();
    // Between 140 and 160 some grow too old, so a head that is kept for 20 ms differs from a new one.
    for (let now = 120; now < 200; now += 3) {
      const decision = decide(chain, { ...context, now });
      const { request, seed } = decision;
      const { steps, why: _, ...rest } = explain(chain, { request, now, seed, proxies: 1, clock });
      expect({ ...rest, steps: steps.map(({ name, before, after }) => ({ name, before, after })) }).toEqual(
        summary(decision),
      );
    }
  });

  it('does not disturb the decisions after it', () => {
    const { pool } = aBoard([...'abcdefghij']);
    const ids = (explains: boolean): readonly (string | undefined)[] => {
      const { chain } = aChain(chains['a sample'], pool);
      const context = aContext();
      return Array.from({ length: 20 }, (_, now) => {
        const decision = decide(chain, { ...context, now });
        if (explains) explain(chain, { request: context.request, now, seed: 9, proxies: 1, clock });
        return decision.chosen?.id;
      });
    };
    expect(ids(true)).toEqual(ids(false));
  });
});
