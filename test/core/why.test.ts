import { describe, expect, it } from 'vitest';
import { off } from '../../candidacy/off.ts';
import { sample } from '../../candidacy/sample.ts';
import type { LinkSpec, WhenEmpty } from '../../src/core/chain.ts';
import { explain } from '../../src/core/explain.ts';
import { explained, keep, orderBy, pickAtRandom } from '../../src/core/making.ts';
import { type WhyFacts, type WhyStep, whyOf } from '../../src/core/why.ts';
import { aBoard, aChain, aContext, aLink, type TestBoard, without } from './support.ts';

const byLoad = () =>
  aLink(
    'byLoad',
    orderBy(({ stats }) => stats?.load1 ?? Number.NaN),
    { kind: 'order' },
  );
const byAge = () =>
  aLink(
    'byAge',
    keep(
      ({ heardAt }, { now }) => now - heardAt <= 3000,
      ({ heardAt }, { now }) => `age ${((now - heardAt) / 1000).toFixed(1)}s > 3s`,
    ),
    { scope: 'board' },
  );
const shuffle = () =>
  aLink(
    'byRandom',
    explained((servers, { random }) => pickAtRandom(servers, servers.length, random), { shuffles: true }),
    { kind: 'order' },
  );
const draw = (least: number): LinkSpec => ({ name: 'sample', candidacy: sample, options: { least } });
const takeFirst = () => aLink('session', (servers) => servers.slice(0, 1), { kind: 'cut' });
const plain = () => aLink('mine', (servers) => servers.toReversed(), { kind: 'order' });
const redirect = () =>
  aLink('redirect', (servers, moment) => {
    for (const server of servers) moment.deliver(server, { location: `http://${server.id}/`, status: 302 });
    return servers;
  });
const broken: LinkSpec = {
  ...aLink('broken', () => {
    throw new Error('no');
  }),
  onError: 'fail',
};

/** Loads 0.5, 1, 1.5 ... unless said otherwise; all heard now. */
const withLoads = (loads: readonly (number | undefined)[]): TestBoard => {
  const made = aBoard(loads.map((_, i) => String.fromCharCode(97 + i)));
  made.pool.servers.forEach((server, i) => {
    const load1 = loads[i];
    server.hear('n', load1 === undefined ? {} : { load1 }, 5000);
  });
  return made;
};

const whyWith = ({ pool }: TestBoard, links: readonly LinkSpec[], whenEmpty: WhenEmpty = 'undo'): string => {
  const { request, proxies } = aContext();
  return explain(aChain(links, pool, whenEmpty).chain, {
    request,
    now: 5000,
    proxies,
    seed: 1,
    clock: () => 0,
  }).why;
};

describe('why a server won', () => {
  it.each<[string, readonly (number | undefined)[], readonly LinkSpec[], string | RegExp]>([
    [
      'numbers that hardly differ',
      [1.000002, 1.000001],
      [byLoad()],
      'b won: byLoad 1.000001 against 1.000002 (a)',
    ],
    ['a number', [1.234, 2, 3], [byLoad()], 'a won: byLoad 1.23 against 2 (b)'],
    [
      'a tie that stands first',
      [1, 1, 1, 2],
      [byLoad()],
      'a won: byLoad 1, the same as b and 1 other; it stands first',
    ],
    [
      'a tie broken at random',
      [1, 1],
      [draw(8), byLoad()],
      /^[ab] won: byLoad 1, the same as [ab]; taken at random among them$/,
    ],
    ['a number that only one has', [undefined, 4], [byLoad()], 'b won: byLoad 4, the only number known'],
    [
      'no number at all',
      [undefined, undefined],
      [byLoad()],
      'a won: byLoad knows no number of it, nor of any other',
    ],
    ['one server', [1], [byAge(), byLoad()], 'a won: the pool has no other server'],
    ['chance', [1, 2, 3], [shuffle()], /^[abc] won: drawn at random among 3$/],
    [
      'a sample of one',
      [1, 2, 3],
      [draw(1)],
      /^[abc] won: drawn at random, 1 of 3 \(sample\); sample kept 1 of 3$/,
    ],
    [
      'a sample and a number',
      [1, 1, 1, 1, 1, 1],
      [draw(3), byLoad()],
      /^. won: byLoad 1, the same as . and 1 other; taken at random among them; sample kept 3 of 6$/,
    ],
    [
      'a cut that keeps one',
      [1, 2],
      [takeFirst()],
      'a won: the only one of 2 that session left; session kept 1 of 2',
    ],
    ['an order without numbers', [1, 2, 3], [plain()], 'c won: mine put it first of 3'],
    ['an order that is drawn over', [1, 2, 3], [byLoad(), shuffle()], /^. won: drawn at random among 3$/],
    ['no order', [1, 2], [byAge()], 'a won: it stands first of 2; no function puts them in order'],
    [
      'an order before a filter',
      [1, 2, 3],
      [byLoad(), without('b')],
      'a won: byLoad 1 against 3 (c); b left out by without b (dropped by without b)',
    ],
    [
      'a filter that left one',
      [1, 2],
      [without('a'), byLoad()],
      'b won: the only one of 2 that without a left; a left out by without a (dropped by without a)',
    ],
    [
      'a filter that left nobody',
      [1, 2],
      [without('a b'), byLoad()],
      'a won: byLoad 1 against 2 (b); without a b left nobody and was ignored',
    ],
    [
      'a redirect',
      [1, 2],
      [byLoad(), redirect()],
      'a won: byLoad 1 against 2 (b); the client is sent to http://a/ (302)',
    ],
  ])('%s', (_, loads, links, expected) => {
    const why = whyWith(withLoads(loads), links);
    if (typeof expected === 'string') expect(why).toBe(expected);
    else expect(why).toMatch(expected);
  });

  it('says who was left out, and why', () => {
    const made = withLoads([1, 2, 3]);
    made.server('a').heardAt = 900;
    expect(whyWith(made, [byAge(), byLoad()])).toBe(
      'b won: byLoad 2 against 3 (c); a left out by byAge (age 4.1s > 3s)',
    );
    made.server('b').heardAt = 900;
    expect(whyWith(made, [byAge(), byLoad()])).toBe(
      'c won: the only one of 3 that byAge left; a and 1 other left out by byAge (age 4.1s > 3s)',
    );
  });

  it('counts those that were taken out by hand', () => {
    const made = withLoads([1, 2]);
    made.board.setHand('web', 'a', { state: 'drain', reason: 'new disk' });
    expect(whyWith(made, [byLoad()])).toBe(
      'b won: all others were taken out; a left out by drained (drain: new disk)',
    );
  });

  it('names three filters, and of others the name alone', () => {
    const links = ['b', 'c', 'd', 'e'].map((id) => without(id));
    expect(whyWith(withLoads([1, 1, 1, 1, 1, 1]), [...links, byLoad()])).toMatch(
      /without d \(dropped by without d\); more left out by without e$/,
    );
  });
});

describe('why nobody won', () => {
  it.each<[string, readonly number[], readonly LinkSpec[], WhenEmpty, string]>([
    ['an empty pool', [], [byLoad()], 'undo', 'no server: the pool has no servers'],
    [
      'an empty pool that is served locally',
      [],
      [byLoad()],
      'local',
      'served locally: the pool has no servers',
    ],
    [
      'an emptied list',
      [1, 2],
      [without('a b'), byLoad()],
      'refuse',
      'no server: without a b left none of 2 (a: dropped by without a b)',
    ],
    [
      'an emptied list that is served locally',
      [1],
      [without('a')],
      'local',
      'served locally: without a left none of 1 (a: dropped by without a)',
    ],
    [
      'off',
      [1],
      [{ name: 'off', candidacy: off, options: undefined }],
      'undo',
      'served locally: off left none of 1 (a: served locally)',
    ],
    [
      'a function that failed',
      [1, 2],
      [broken],
      'undo',
      'no server: broken failed, and its onError says fail',
    ],
  ])('%s', (_, loads, links, whenEmpty, expected) => {
    expect(whyWith(withLoads(loads), links, whenEmpty)).toBe(expected);
  });

  it('all were taken out by hand', () => {
    const made = withLoads([1]);
    made.board.setHand('web', 'a', { state: 'maint', reason: '' });
    expect(whyWith(made, [byLoad()])).toBe('no server: all 1 were taken out (a: maint)');
  });
});

describe('whyOf', () => {
  const step = (facts: Partial<WhyStep>): WhyStep => ({
    name: 'byLoad',
    kind: 'order',
    before: 30,
    after: 30,
    dropped: [],
    isRandom: false,
    ...facts,
  });
  const facts = (given: Partial<WhyFacts>): WhyFacts => ({
    chosen: 'z',
    delivery: 'proxy',
    servers: 30,
    left: ['z', 'y'],
    steps: [],
    ...given,
  });

  it('says no number of one that is not among the scores shown', () => {
    const scores = [{ id: 'a', score: 1 }];
    expect(whyOf(facts({ steps: [step({ scores })] }))).toBe('z won: byLoad put it first of 2');
  });

  it('compares with those that were left only', () => {
    const scores = ['z', 'a', 'y'].map((id, score) => ({ id, score }));
    expect(whyOf(facts({ steps: [step({ scores })] }))).toBe('z won: byLoad 0 against 2 (y)');
  });
});
