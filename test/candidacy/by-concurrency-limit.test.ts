import { describe, expect, it } from 'vitest';
import { byConcurrencyLimit } from '../../candidacy/by-concurrency-limit.ts';
import { byInFlight } from '../../candidacy/by-in-flight.ts';
import type { Done, Outcome } from '../../src/core/types.ts';
import { aMoment, aServer } from '../../src/testing/index.ts';
import { answered } from './closed-loop.ts';
import { Bench, faultsIn, ids, made, readOptions } from './support.ts';

const tooLate: Outcome = { kind: 'failed', side: 'server', reason: 'header_timeout', unsent: false };
const left: Outcome = { kind: 'failed', side: 'client', reason: 'client_abort', unsent: false };

const aBench = (options: object = {}, names: readonly string[] = ['a', 'b']) => {
  const bench = new Bench(names.map((id) => ({ id })));
  const chain = bench.chain([[byConcurrencyLimit, options], byInFlight], 'refuse');
  const open = new Map<string, Done[]>(names.map((id) => [id, []]));
  const begin = (id: string, times = 1) => {
    for (let i = 0; i < times; i++) open.get(id)!.push(bench.board.begin(bench.server(id), bench.now));
  };
  const end = (id: string, outcome: Outcome, times = 1) => {
    for (let i = 0; i < times; i++) open.get(id)!.shift()?.(outcome, bench.now);
  };
  /** How many requests a server may have, from none under way; leaves none under way. */
  const limitOf = (id: string): number => {
    const dones: Done[] = [];
    while (ids(bench.decide(chain).ranked).includes(id))
      dones.push(bench.board.begin(bench.server(id), bench.now));
    for (const done of dones) done(left, bench.now);
    return dones.length;
  };
  return {
    bench,
    chain,
    begin,
    end,
    limitOf,
    /** So many answers of a server that is kept full. */
    keepFull: (id: string, outcome: Outcome, times: number) => {
      begin(id, 200);
      for (let i = 0; i < times; i++) {
        end(id, outcome);
        begin(id);
      }
      end(id, left, 200);
    },
  };
};

describe('byConcurrencyLimit', () => {
  it('hands on the very list that it got while nobody is at its limit', () => {
    const { bench, chain, begin } = aBench();
    begin('a', 19);
    bench.decide(chain);
    expect(chain.links[0]?.run(bench.pool.eligible, chain.moment)).toBe(bench.pool.eligible);
  });

  it('drops a server that has as many as its limit, says why, and takes it back when one has ended', () => {
    const { bench, chain, begin, end } = aBench();
    begin('a', 20);
    expect(ids(bench.decide(chain).ranked)).toEqual(['b']);
    expect(bench.explain(chain)[0]?.dropped).toEqual([
      { id: 'a', reason: '20 requests under way, limit 20' },
    ]);
    end('a', answered(5));
    expect(ids(bench.decide(chain).ranked)).toEqual(['b', 'a']);
  });

  it('empties the list when all are at their limits, so that `whenEmpty` says what follows', () => {
    const { bench, chain, begin } = aBench({ min: 2, max: 2 });
    begin('a', 2);
    begin('b', 2);
    expect(bench.decide(chain).delivery).toBe('refused');
    const undone = bench.chain([[byConcurrencyLimit, { min: 2, max: 2 }], byInFlight], 'undo');
    expect(ids(bench.decide(undone).ranked)).toHaveLength(2);
  });

  it('lets the limit grow while a server that is full answers as fast as ever, up to the highest', () => {
    const { limitOf, keepFull } = aBench({ max: 60 });
    keepFull('a', answered(10), 10);
    expect(limitOf('a')).toBe(20);
    keepFull('a', answered(10), 20);
    expect(limitOf('a')).toBe(22);
    keepFull('a', answered(10), 1000);
    expect(limitOf('a')).toBe(60);
    expect(limitOf('b')).toBe(20);
  });

  it('does not let the limit grow on a server that is not even half full', () => {
    const { limitOf, begin, end } = aBench();
    for (let i = 0; i < 500; i++) {
      begin('a', 9);
      end('a', answered(10), 9);
    }
    expect(limitOf('a')).toBe(20);
  });

  it('lets the limit fall when a server takes more than half as long again as it used to', () => {
    const { limitOf, keepFull } = aBench({ initial: 100 });
    keepFull('a', answered(10), 100);
    const before = limitOf('a');
    keepFull('a', answered(14), 100);
    expect(limitOf('a')).toBeGreaterThanOrEqual(before);
    keepFull('a', answered(60), 60);
    expect(limitOf('a')).toBeLessThan(before * 0.8);
  });

  it('finds the way back when a slow time is over', () => {
    const { limitOf, keepFull } = aBench({ initial: 100 });
    keepFull('a', answered(500), 1000);
    keepFull('a', answered(10), 1000);
    const recovered = limitOf('a');
    keepFull('a', answered(100), 100);
    expect(limitOf('a')).toBeLessThan(recovered);
  });

  it.each<[string, Outcome, boolean]>([
    ['no answer in time', tooLate, true],
    ['a 503', answered(1, 503), true],
    ['a 500', answered(1, 500), false],
    ['a client that left', left, false],
  ])('takes a tenth off for %s among ten outcomes', (_, outcome, falls) => {
    const { limitOf, begin, end } = aBench({ initial: 100 });
    begin('a', 11);
    end('a', outcome);
    end('a', answered(10), 10);
    expect(limitOf('a')).toBe(falls ? 90 : 100);
  });

  it('never goes below the lowest limit', () => {
    const { limitOf, keepFull } = aBench({ min: 5, initial: 50 });
    keepFull('a', tooLate, 1000);
    expect(limitOf('a')).toBe(5);
  });

  it('does not take fast errors for fast answers', () => {
    const { limitOf, keepFull } = aBench({ initial: 50 });
    keepFull('a', answered(1, 500), 500);
    expect(limitOf('a')).toBe(50);
  });

  it('forgets a server that has left when it was full', () => {
    const { bench, chain, begin } = aBench({ min: 2, max: 2 });
    begin('a', 2);
    const specs = [{ id: 'b', url: bench.server('b').url, tags: [] }];
    bench.board.configure([{ name: 'web', servers: specs, accept: [] }]);
    bench.decide(chain);
    expect(chain.links[0]?.run(bench.pool.eligible, chain.moment)).toBe(bench.pool.eligible);
  });

  it('counts no request below none that was under way before the function came', () => {
    const bench = new Bench([{ id: 'a' }]);
    const done = bench.board.begin(bench.server('a'), bench.now);
    const chain = bench.chain([[byConcurrencyLimit, { min: 1, max: 1 }]], 'refuse');
    done(answered(1), bench.now);
    bench.board.begin(bench.server('a'), bench.now);
    expect(bench.decide(chain).delivery).toBe('refused');
  });

  it('keeps a server of which no board remembers anything', () => {
    expect(made(byConcurrencyLimit)([aServer()], aMoment())).toHaveLength(1);
  });
});

describe('the options of byConcurrencyLimit', () => {
  it('are those of Gradient2 unless said otherwise', () => {
    expect(readOptions(byConcurrencyLimit)).toEqual({ min: 20, max: 200 });
    expect(readOptions(byConcurrencyLimit, 50)).toEqual({ min: 20, max: 50 });
  });

  it.each([{ min: 0 }, { min: 5, max: 4 }, { min: 5, max: 9, initial: 10 }, { initial: 3 }])(
    'refuse %j',
    (options) => {
      expect(faultsIn(byConcurrencyLimit, options)).not.toEqual([]);
    },
  );
});
