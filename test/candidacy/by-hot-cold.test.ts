import { describe, expect, it } from 'vitest';
import { addPrediction } from '../../candidacy/add-prediction.ts';
import { byHotCold } from '../../candidacy/by-hot-cold.ts';
import { byTag } from '../../candidacy/by-tag.ts';
import { candidates } from '../../candidacy/candidates.ts';
import type { Outcome } from '../../src/core/types.ts';
import { answered, FAILED, runLoop } from './closed-loop.ts';
import { Bench, faultsIn, ids } from './support.ts';

interface Facts {
  readonly inFlight?: number;
  readonly serviceTime?: number;
  /** Requests that were sent there since the report. */
  readonly sent?: number;
  /** An answer that came so many ms after its request. */
  readonly seen?: number;
  readonly failures?: number;
  readonly weight?: number;
}

/** Says nothing of a server but that it was asked. */
const LEFT: Outcome = { kind: 'failed', side: 'client', reason: 'client_abort', unsent: false };

/** The order of servers that have just said this of themselves. */
const order = (facts: Readonly<Record<string, Facts>>, given: unknown = {}): readonly string[] => {
  const bench = new Bench(Object.keys(facts).map((id) => ({ id })));
  const chain = bench.chain([[byHotCold, given]]);
  const { board } = bench;
  for (const [id, { failures = 0, sent = 0, seen, weight = 1, ...stats }] of Object.entries(facts)) {
    const server = bench.server(id);
    board.setHand('web', id, { state: 'ready', weight, reason: '' });
    bench.report(id, stats);
    board.begin(server, bench.now)(LEFT, bench.now);
    if (seen !== undefined) board.begin(server, bench.now)(answered(seen), bench.now);
    for (let i = 0; i < failures; i++) board.begin(server, bench.now)(FAILED, bench.now);
    for (let i = 0; i < sent; i++) board.begin(server, bench.now);
  }
  return ids(bench.decide(chain).ranked);
};

describe('byHotCold', () => {
  const POOL = {
    hottest: { inFlight: 9, serviceTime: 2 },
    slow: { inFlight: 0, serviceTime: 90 },
    quick: { inFlight: 2, serviceTime: 10 },
    hot: { inFlight: 8, serviceTime: 1 },
    busy: { inFlight: 5, serviceTime: 20 },
  };

  it.each([
    [{}, ['quick', 'busy', 'slow', 'hot', 'hottest']],
    [0, ['slow', 'quick', 'busy', 'hot', 'hottest']],
    [0.2, ['slow', 'quick', 'busy', 'hot', 'hottest']],
    [0.4, ['quick', 'slow', 'busy', 'hot', 'hottest']],
    [0.8, ['hot', 'quick', 'busy', 'slow', 'hottest']],
    [1, ['hot', 'hottest', 'quick', 'busy', 'slow']],
  ])('puts the cold by latency before the hot by requests, with a quantile of %j', (quantile, expected) => {
    expect(order(POOL, quantile)).toEqual(expected);
  });

  it('takes a latency for that of the count that came with it', () => {
    expect(
      order({
        grown: { inFlight: 1, serviceTime: 10, sent: 3 },
        same: { inFlight: 4, serviceTime: 24 },
        other: { inFlight: 4, serviceTime: 26 },
        hot: { inFlight: 9, serviceTime: 1 },
      }),
    ).toEqual(['same', 'grown', 'other', 'hot']);
  });

  it('measures a pool that is compared by what all of it said, and not by its own', () => {
    const bench = new Bench(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => ({ id, tags: id > 'd' ? ['ours'] : [] })),
    );
    const chain = bench.chain([[byTag, 'ours'], byHotCold]);
    for (const { id } of bench.pool.servers) bench.report(id, { inFlight: 1, serviceTime: 10 });
    bench.report('e', { inFlight: 20, serviceTime: 1 });
    bench.report('f', { inFlight: 30, serviceTime: 1 });
    const [, step] = bench.explain(chain);
    for (const { score } of step?.scores ?? []) expect(score).toBeGreaterThan(1e9);
  });

  it.each([undefined, 0])(
    'takes the median of the others for a latency of %s, and never the least',
    (serviceTime) => {
      expect(
        order({
          a: { inFlight: 1, serviceTime: 10 },
          unknown: { inFlight: 1, ...(serviceTime === undefined ? {} : { serviceTime }) },
          b: { inFlight: 1, serviceTime: 30 },
          c: { inFlight: 1, serviceTime: 20 },
        }),
      ).toEqual(['a', 'unknown', 'c', 'b']);
    },
  );

  it('goes by what this proxy saw where servers do not say', () => {
    const [a, b, c] = [30, 10, 20].map((seen) => ({ inFlight: 0, seen }));
    expect(order({ a: a!, b: b!, c: c! }, 1)).toEqual(['b', 'c', 'a']);
  });

  it('takes an answer after a long time for what it is, and one of many for a part', () => {
    const bench = new Bench(['slow', 'recovered', 'usual'].map((id) => ({ id })));
    const chain = bench.chain([[byHotCold, 1]]);
    const hear = (id: string, firstByte: number): void =>
      bench.board.begin(bench.server(id), bench.now)(answered(firstByte), bench.now);
    for (const { id } of bench.pool.servers) bench.report(id, { inFlight: 0 });
    for (const { id } of bench.pool.servers) hear(id, id === 'usual' ? 40 : 300);
    bench.now += 5000;
    hear('recovered', 10);
    for (const firstByte of [300, 10, 10]) hear('slow', firstByte);
    hear('usual', 40);
    expect(ids(bench.decide(chain).ranked)).toEqual(['recovered', 'usual', 'slow']);
    for (let i = 0; i < 30; i++) hear('slow', 10);
    expect(ids(bench.decide(chain).ranked)[2]).toBe('usual');
  });

  it.each([0, 0.6, 1])(
    'goes by requests alone while no count was said, with a quantile of %d',
    (quantile) => {
      expect(
        order({ c: { serviceTime: 1, sent: 3 }, a: { serviceTime: 9, sent: 1 }, b: { sent: 2 } }, quantile),
      ).toEqual(['a', 'b', 'c']);
    },
  );

  it('asks the one that was not asked for longest, of equals of which nothing is known', () => {
    const bench = new Bench(['a', 'b', 'c'].map((id) => ({ id })));
    const chain = bench.chain([byHotCold]);
    const chosen = Array.from({ length: 9 }, () => {
      bench.now += 10;
      const server = bench.decide(chain).chosen!;
      bench.board.begin(server, bench.now)(LEFT, bench.now);
      return server.id;
    });
    expect(chosen.join('')).toBe('abcabcabc');
  });

  it('counts failures in a row against a latency', () => {
    const same = { inFlight: 1, serviceTime: 25 };
    expect(order({ failing: { inFlight: 1, serviceTime: 10, failures: 2 }, same })).toEqual([
      'same',
      'failing',
    ]);
  });

  it('takes a server of half the weight for twice as full and twice as slow', () => {
    expect(
      order({
        half: { inFlight: 2, serviceTime: 1, weight: 0.5 },
        slow: { inFlight: 1, serviceTime: 19, weight: 0.5 },
        a: { inFlight: 4, serviceTime: 20 },
        b: { inFlight: 4, serviceTime: 39 },
      }),
    ).toEqual(['a', 'slow', 'b', 'half']);
  });

  it('shows latencies in ms, and hot servers far above them', () => {
    const bench = new Bench(['cold', 'hot'].map((id) => ({ id })));
    const chain = bench.chain([[byHotCold, 0.5]]);
    bench.report('cold', { inFlight: 1, serviceTime: 12 });
    bench.report('hot', { inFlight: 7, serviceTime: 12 });
    const [step] = bench.explain(chain);
    expect(step?.scores?.map(({ id }) => id)).toEqual(['cold', 'hot']);
    expect(step?.scores?.[0]?.score).toBeCloseTo(12, 3);
    expect(step?.scores?.[1]?.score).toBe(1e9 + 8);
  });

  it('refuses a decay of nothing and a quantile that is none', () => {
    expect(faultsIn(byHotCold, { decay: '0s' })).toEqual(['expected a decay above 0']);
    expect(faultsIn(byHotCold, 1.5)).toHaveLength(1);
  });
});

describe('byHotCold in a chain', () => {
  const SPEED = new Map([
    ['fast', 5],
    ['usual', 10],
    ['slow', 20],
  ]);

  it('gives faster servers more, by what it sees itself', () => {
    const bench = new Bench([...SPEED.keys()].map((id) => ({ id })));
    const begun = runLoop(bench, bench.chain([addPrediction, candidates, byHotCold]), {
      clients: 12,
      during: 10_000,
      course: (id, _, random) => ({ time: SPEED.get(id)! * (0.5 + random()) }),
    });
    const [fast = 0, usual = 0, slow = 0] = [...begun.values()].map(({ length }) => length);
    expect(fast / usual).toBeGreaterThan(1.3);
    expect(usual / slow).toBeGreaterThan(1.3);
    expect(slow).toBeGreaterThan(10);
  });

  it('lets no unknown server take all', () => {
    const bench = new Bench(['new', 'a', 'b', 'c'].map((id) => ({ id })));
    for (const id of ['a', 'b', 'c']) bench.report(id, { inFlight: 2, serviceTime: 10 });
    const chain = bench.chain([addPrediction, byHotCold]);
    const chosen = Array.from({ length: 8 }, () => {
      bench.now += 1;
      const server = bench.decide(chain).chosen!;
      bench.board.begin(server, bench.now);
      return server.id;
    });
    expect(chosen.filter((id) => id === 'new').length).toBeLessThan(5);
    expect(new Set(chosen).size).toBeGreaterThan(2);
  });
});
