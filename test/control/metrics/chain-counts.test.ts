import { describe, expect, it } from 'vitest';
import { ChainCounts, chainViews, sumChains } from '../../../src/control/metrics/chain-counts.ts';
import type { Chain } from '../../../src/core/chain.ts';
import { decide } from '../../../src/core/decide.ts';
import { aBoard, aChain, aContext, aGuard, aLink, reversed, without } from '../../core/support.ts';

const nobody = () => aLink('nobody', () => []);

const countsOf = (chain: Chain, decisions: number): ChainCounts => {
  const counts = new ChainCounts();
  counts.follow([chain]);
  for (let i = 0; i < decisions; i++) counts.decided(decide(chain, aContext()));
  return counts;
};

const funnel = (counts: ChainCounts): readonly unknown[] =>
  counts
    .list()
    .flatMap(({ links }) =>
      links.map((link) => [link.name, link.calls, link.serversIn, link.serversOut, link.emptied]),
    );

describe('ChainCounts', () => {
  it('counts what goes into every link and what comes out', () => {
    const { chain } = aChain([without('b'), reversed()], aBoard(['a', 'b', 'c']).pool);
    expect(funnel(countsOf(chain, 4))).toEqual([
      ['without b', 4, 12, 8, 0],
      ['reversed', 4, 8, 8, 0],
    ]);
  });

  it('counts the same where a server is drained by hand, which is no link', () => {
    const { board, pool } = aBoard(['a', 'b', 'c']);
    board.setHand('web', 'a', { state: 'drain', reason: '' });
    expect(funnel(countsOf(aChain([without('b')], pool).chain, 2))).toEqual([['without b', 2, 4, 2, 0]]);
  });

  it('counts the calls that left nobody, once for each', () => {
    const { chain } = aChain([nobody(), nobody()], aBoard(['a', 'b']).pool, 'refuse');
    expect(funnel(countsOf(chain, 3))).toEqual([
      ['nobody', 3, 6, 0, 3],
      ['nobody', 3, 0, 0, 0],
    ]);
  });

  it('counts faults by kind and keeps the last', () => {
    const { chain } = aChain([reversed(), without('b')], aBoard(['a']).pool);
    const counts = countsOf(chain, 0);
    const [first, second] = chain.links;
    if (!first || !second) throw new TypeError('two links');
    counts.fault(chain, second, 'throw', 'one');
    counts.fault(chain, second, 'timeout', 'two');
    const [view] = counts.list();
    expect(view?.links[0]).toMatchObject({
      lastFault: null,
      faults: { throw: 0, timeout: 0, bad_result: 0 },
    });
    expect(view?.links[1]).toMatchObject({
      lastFault: 'two',
      faults: { throw: 1, timeout: 1, bad_result: 0 },
    });
  });

  it('counts every decision, however chains and numbers of servers alternate', () => {
    const { board, pool } = aBoard(['a', 'b', 'c']);
    const chains = [aChain([without('b')], pool).chain, aChain([reversed()], pool).chain];
    const counts = new ChainCounts();
    counts.follow(chains);
    for (let i = 0; i < 12; i++) {
      const isDrained = i % 3 === 2;
      board.setHand('web', 'a', isDrained ? { state: 'drain', reason: '' } : undefined);
      for (const chain of i % 2 === 0 ? chains : chains.slice(1)) counts.decided(decide(chain, aContext()));
      if (i % 4 === 0) counts.take();
    }
    expect(funnel(counts)).toEqual([
      ['without b', 6, 16, 10, 0],
      ['reversed', 12, 32, 32, 0],
    ]);
    expect(funnel(counts)).toEqual(funnel(counts));
  });

  it('counts nothing for chains of a configuration that is gone', () => {
    const { pool } = aBoard(['a']);
    const [old, fresh] = [aChain([reversed()], pool).chain, aChain([reversed()], pool).chain];
    const counts = countsOf(old, 2);
    counts.follow([fresh]);
    counts.decided(decide(old, aContext()));
    expect(funnel(counts)).toEqual([['reversed', 0, 0, 0, 0]]);
  });
});

describe('the sum of chains', () => {
  it('adds the links of the same chain', () => {
    const guard = aGuard();
    const chainOf = () => aChain([without('b'), reversed({ guard })], aBoard(['a', 'b']).pool).chain;
    const [first, second] = [countsOf(chainOf(), 1), countsOf(chainOf(), 2)];
    guard.bypassed = true;
    const [view, ...more] = chainViews(sumChains([...first.take(), ...second.take()]));
    expect(more).toEqual([]);
    expect(view?.links).toMatchObject([
      { name: 'without b', calls: 3, serversIn: 6, serversOut: 3 },
      { name: 'reversed', calls: 3, serversIn: 3, serversOut: 3, bypassed: true },
    ]);
  });

  it('keeps chains apart whose links differ, as during a reload', () => {
    const { pool } = aBoard(['a']);
    const sum = sumChains([
      ...countsOf(aChain([reversed()], pool).chain, 1).take(),
      ...countsOf(aChain([nobody()], pool).chain, 2).take(),
    ]);
    expect(chainViews(sum).map(({ links }) => [links[0]?.name, links[0]?.calls])).toEqual([
      ['reversed', 1],
      ['nobody', 2],
    ]);
  });

  it('shows the last fault of the first that had one', () => {
    const { pool } = aBoard(['a']);
    const all = ['', 'second', 'third'].map((message) => {
      const { chain } = aChain([reversed()], pool);
      const counts = countsOf(chain, 0);
      if (message !== '' && chain.links[0]) counts.fault(chain, chain.links[0], 'throw', message);
      return counts;
    });
    const [view] = chainViews(sumChains(all.flatMap((counts) => counts.take())));
    expect(view?.links[0]).toMatchObject({ lastFault: 'second', faults: { throw: 2 } });
  });
});
