import { describe, expect, it } from 'vitest';
import { byMarginalCost } from '../../candidacy/by-marginal-cost.ts';
import { candidates } from '../../candidacy/candidates.ts';
import type { Server } from '../../src/core/types.ts';
import { aMoment, aServer } from '../../src/testing/index.ts';
import { Bench, faultsIn, ids, made, readOptions } from './support.ts';

const aBench = (n: number, options: unknown = {}) => {
  const facts = (_: unknown, i: number) => ({ id: `s${i}`, url: `http://10.1.${i >> 8}.${i & 255}` });
  const bench = new Bench(Array.from({ length: n }, facts));
  const chain = bench.chain([[candidates, options]]);
  const hear = (by: 'probe' | 'answer', ...names: readonly string[]) => {
    for (const id of names)
      bench.board.hearInBand(bench.server(id), { stats: { inFlight: 0 }, heardAt: bench.now, by }, bench.now);
  };
  /** Those that it keeps of the whole pool, best first. */
  const kept = (): readonly string[] => {
    bench.decide(chain);
    return ids(chain.links[0]!.run(bench.pool.eligible, chain.moment));
  };
  return {
    bench,
    chain,
    kept,
    hear,
    send: (id: string) => bench.board.begin(bench.server(id), bench.now),
    /** How often each is kept in so many decisions. */
    shares: (times: number) => {
      const counts = new Map<string, number>();
      for (let i = 0; i < times; i++) for (const id of kept()) counts.set(id, (counts.get(id) ?? 0) + 1);
      return counts;
    },
  };
};

describe('candidates', () => {
  it('keeps a list of `most` or fewer whole, in random order', () => {
    const { kept } = aBench(16);
    const first = kept();
    expect(first.toSorted()).toEqual(Array.from({ length: 16 }, (_, i) => `s${i}`).toSorted());
    expect(kept()).not.toEqual(first);
  });

  it.each([0, 1])('keeps 16 at random when %i were probed', (probed) => {
    const { kept, hear, shares } = aBench(100);
    hear('probe', ...['s7'].slice(0, probed));
    expect(kept()).toHaveLength(16);
    const counts = shares(2000);
    expect(counts.size).toBe(100);
    expect(Math.max(...counts.values()) / 320).toBeLessThan(1.25);
    expect(Math.min(...counts.values()) / 320).toBeGreaterThan(0.75);
  });

  it('keeps those that were probed, newest first', () => {
    const { kept, hear } = aBench(100, { random: 0 });
    hear('probe', 's3', 's1', 's2');
    expect(kept()).toEqual(['s2', 's1', 's3']);
    hear('probe', 's3');
    expect(kept()).toEqual(['s3', 's2', 's1']);
  });

  it('keeps no more than `most` less the drawn of them', () => {
    const { kept, hear } = aBench(100);
    hear('probe', ...Array.from({ length: 40 }, (_, i) => `s${i}`));
    const answer = kept();
    expect(answer.slice(0, 12)).toEqual(Array.from({ length: 12 }, (_, i) => `s${39 - i}`));
    expect(answer.length).toBeLessThanOrEqual(16);
  });

  it('lets go of a probe that is older than `maxAge`', () => {
    const { bench, kept, hear } = aBench(100, { random: 0, maxAge: '500ms' });
    hear('probe', 's1', 's2', 's3');
    bench.now += 400;
    hear('probe', 's4', 's5');
    bench.now += 101;
    expect(kept()).toEqual(['s5', 's4']);
  });

  it('lets go of a probe after as many requests as it is of use for, and takes it back when it has answered', () => {
    const { bench, kept, hear, send } = aBench(100, { random: 0 });
    hear('probe', 's1', 's2', 's3');
    send('s1');
    expect(kept()).toContain('s1');
    const done = send('s1');
    expect(kept()).toEqual(['s3', 's2']);
    done({ kind: 'answered', status: 200, firstByte: 1, total: 1 }, bench.now);
    hear('answer', 's1');
    expect(kept()).toEqual(['s3', 's2', 's1']);
  });

  it('does not take the report of an agent for a probe', () => {
    const { bench, kept, hear } = aBench(100, { random: 0 });
    for (const { id } of bench.pool.servers) bench.report(id, { inFlight: 1 });
    hear('probe', 's1', 's2');
    expect(kept()).toEqual(['s2', 's1']);
  });

  it('adds some at random that have just answered, and leaves out those that answered before that', () => {
    const { bench, hear, shares } = aBench(20, { most: 8 });
    hear('answer', ...Array.from({ length: 10 }, (_, i) => `s${i}`));
    bench.now += 100;
    hear('answer', ...Array.from({ length: 10 }, (_, i) => `s${10 + i}`));
    hear('probe', 's18', 's19');
    const counts = shares(500);
    expect([...counts.keys()].toSorted()).toEqual(Array.from({ length: 10 }, (_, i) => `s${10 + i}`));
    expect(counts.get('s10')! / 500).toBeGreaterThan(0.05);
  });

  it('passes over those that are not in the list, because a filter has dropped them', () => {
    const { bench, chain, hear } = aBench(100, { random: 0 });
    hear('probe', 's1', 's2', 's3');
    bench.decide(chain);
    const list = bench.pool.eligible.filter(({ id }) => id !== 's2');
    expect(ids(chain.links[0]!.run(list, chain.moment))).toEqual(['s3', 's1']);
    expect(ids(chain.links[0]!.run(bench.pool.eligible, chain.moment))).toEqual(['s3', 's2', 's1']);
  });

  it('forgets a server that has left, and does not take the next one in its place for it', () => {
    const { bench, kept, hear } = aBench(20, { random: 0 });
    hear('probe', 's1', 's2', 's3');
    const specs = bench.pool.servers.map(({ id, url }) => ({ id, url, tags: [] }));
    const next = { id: 'next', url: new URL('http://10.0.9.9'), tags: [] };
    bench.board.configure([{ name: 'web', servers: specs.filter(({ id }) => id !== 's2'), accept: [] }]);
    bench.board.configure([
      { name: 'web', servers: [...specs.filter(({ id }) => id !== 's2'), next], accept: [] },
    ]);
    expect(bench.server('next').slot).toBe(2);
    expect(kept()).toEqual(['s3', 's1']);
  });

  it('does not keep a probe of use when the clock is set back', () => {
    const { bench, kept, hear } = aBench(100);
    hear('probe', 's1', 's2', 's3');
    bench.now -= 60_000;
    expect(kept()).toHaveLength(16);
  });

  it('keeps the same servers for the same seed', () => {
    const once = () => {
      const { kept, hear } = aBench(100);
      hear('probe', 's1', 's2', 's3');
      return [kept(), kept(), kept()];
    };
    expect(once()).toEqual(once());
  });

  it('puts those that it leaves out behind the others, and says why', () => {
    const { bench, chain, hear } = aBench(20, { random: 0 });
    hear('probe', 's1', 's2');
    const { ranked } = bench.decide(chain);
    expect(ranked).toHaveLength(20);
    expect(ids(ranked.slice(0, 2))).toEqual(['s2', 's1']);
    expect(bench.explain(chain)[0]?.dropped[0]?.reason).toBe('neither probed lately nor drawn');
  });

  it('keeps servers of which no board remembers anything', () => {
    const servers = Array.from({ length: 20 }, (_, slot) => aServer({ slot, id: `s${slot}` }));
    expect(made(candidates)(servers, aMoment())).toHaveLength(16);
    expect(made(candidates)([], aMoment())).toEqual([]);
  });

  it('looks at no more than it may keep, however long the list', () => {
    const { bench, chain, hear } = aBench(2000);
    hear('probe', ...Array.from({ length: 16 }, (_, i) => `s${i}`));
    bench.decide(chain);
    let looks = 0;
    const watched = new Proxy<readonly Server[]>(bench.pool.eligible, {
      get: (list, key, self) => {
        if (typeof key === 'string' && /^\d+$/.test(key)) looks += 1;
        return Reflect.get(list, key, self);
      },
    });
    const { run } = chain.links[0]!;
    run(watched, chain.moment);
    looks = 0;
    expect(run(watched, chain.moment).length).toBeGreaterThan(11);
    expect(looks).toBeLessThan(32);
  });
});

describe('candidates keeps no server from ever being met', () => {
  it.each([
    ['one that never says anything', false],
    ['one that has been silent for half a minute', true],
  ])('%s, once in as many requests as there are servers', (_, wasHeard) => {
    const { bench, kept, hear } = aBench(50);
    const others = bench.pool.servers.map(({ id }) => id).filter((id) => id !== 's9');
    if (wasHeard) hear('answer', 's9');
    bench.now += 30_001;
    hear('answer', ...others);
    hear('probe', ...others);
    const times = 5000;
    let met = 0;
    for (let i = 0; i < times; i++) if (kept().includes('s9')) met += 1;
    expect((met / times) * 50).toBeGreaterThan(0.7);
    expect((met / times) * 50).toBeLessThan(1.3);
  });

  it('one that is back where numbers come with answers alone', () => {
    const { bench, hear } = aBench(50);
    const chain = bench.chain([candidates, byMarginalCost]);
    const others = bench.pool.servers.map(({ id }) => id).filter((id) => id !== 's9');
    let sent = 0;
    for (let i = 0; i < 1000; i++) {
      bench.now += 1;
      hear('answer', ...others);
      if (bench.decide(chain).chosen?.id === 's9') sent += 1;
    }
    expect(sent).toBeGreaterThan(5);
  });
});

describe('the options of candidates', () => {
  it('are 16, a quarter of them at random, probes of 1 s for 2 requests, answers of 10 ms', () => {
    expect(readOptions(candidates)).toEqual({ most: 16, maxAge: 1000, uses: 2, fresh: 10 });
  });

  it.each([0, 257, { random: 17 }, { most: 2, random: 3 }, { uses: 0 }, { maxAge: 1 }])(
    'refuse %j',
    (options) => {
      expect(faultsIn(candidates, options)).not.toEqual([]);
    },
  );

  it('allow so few that none of them can be drawn', () => {
    const { kept, hear } = aBench(100, 1);
    hear('probe', 's1', 's2');
    expect(kept()).toHaveLength(1);
  });
});
