import { describe, expect, it } from 'vitest';
import { type Candidacy, defineCandidacy, type Explained } from '../../src/core/candidacy.ts';
import { ChainMoment, compileChain, type LinkSpec, NO_REQUEST } from '../../src/core/chain.ts';
import { decide } from '../../src/core/decide.ts';
import { correctedRequests } from '../../src/core/estimate.ts';
import { explained, orderBy, sampleSize } from '../../src/core/making.ts';
import type { CandidacyFunction, Moment, Server } from '../../src/core/types.ts';
import {
  aBoard,
  aChain,
  aContext,
  aGuard,
  aLink,
  answered,
  aReport,
  ids,
  reversed,
  SOURCE,
  without,
} from './support.ts';

const carrying = (name: string, facts: Explained, run: CandidacyFunction = (servers) => servers): LinkSpec =>
  aLink(name, explained(run, facts), { kind: 'order' });

/** A board-scoped link that counts how often it is run. */
const counting = (run: CandidacyFunction = (servers) => servers): { link: LinkSpec; runs: () => number } => {
  let runs = 0;
  const link = aLink(
    'counting',
    (servers, moment) => {
      runs += 1;
      return run(servers, moment);
    },
    { scope: 'board' },
  );
  return { link, runs: () => runs };
};

describe('the board-scoped head', () => {
  const board = { scope: 'board' } as const;
  it.each([
    ['all of them', [without('a', board), without('b', board)], 2],
    ['those before the first of request scope', [without('a', board), reversed(), without('b', board)], 1],
    ['none behind a first of request scope', [reversed(), without('a', board)], 0],
    ['none of a user, whose guard must be asked', [without('a', { ...board, guard: aGuard() })], 0],
    ['none of none', [], 0],
  ])('is %s', (_, links, prefix) => {
    expect(aChain(links, aBoard(['a']).pool).chain.prefix).toBe(prefix);
  });

  it('is run once in 20 ms while the board stays as it is', () => {
    const { pool } = aBoard(['a', 'b']);
    const { link, runs } = counting();
    const { chain } = aChain([link, reversed()], pool);
    for (const now of [100, 100, 110, 119.99]) decide(chain, aContext({ now }));
    expect(runs()).toBe(1);
    decide(chain, aContext({ now: 120 }));
    expect(runs()).toBe(2);
    decide(chain, aContext({ now: 90 }));
    expect(runs()).toBe(3);
  });

  it('is run again at once when servers, states or standings change', () => {
    const { board: live, pool, server, configure } = aBoard(['a', 'b']);
    const { link, runs } = counting();
    const { chain } = aChain([link], pool);
    pool.column('k', { init: () => ({}), onDone: () => true });
    const runsAfter = (change: () => void): number => {
      change();
      const before = runs();
      decide(chain, aContext());
      return runs() - before;
    };
    expect(runsAfter(() => undefined)).toBe(1);
    expect(runsAfter(() => undefined)).toBe(0);
    expect(runsAfter(() => void live.setHand('web', 'a', { state: 'drain', reason: '' }))).toBe(1);
    expect(runsAfter(() => configure(['a', 'b', 'c']))).toBe(1);
    expect(runsAfter(() => void live.hear(aReport(['a']), SOURCE, 0))).toBe(1);
    expect(runsAfter(() => live.begin(server('b'), 0)(answered(), 1))).toBe(1);
    expect(runsAfter(() => undefined)).toBe(0);
  });

  it('sees the time but not the request', () => {
    const seen: Moment[] = [];
    const { link } = counting((servers, moment) => {
      seen.push({ ...moment, request: moment.request, now: moment.now });
      return servers;
    });
    const { chain } = aChain([link], aBoard(['a']).pool);
    decide(chain, aContext({ now: 7, request: { ...NO_REQUEST, path: '/x' } }));
    expect(seen).toMatchObject([{ now: 7, request: { path: '/' } }]);
  });
});

describe('a shuffle and the window behind it', () => {
  const shuffle = (facts: Parameters<typeof aLink>[2] = {}): LinkSpec =>
    aLink(
      'shuffle',
      explained((servers) => servers.toReversed(), { shuffles: true }),
      { kind: 'order', ...facts },
    );
  const window = (facts: Parameters<typeof aLink>[2] = {}): LinkSpec => {
    const size = (n: number): number => sampleSize(n, 1);
    return aLink(
      'window',
      explained((servers) => servers.slice(0, size(servers.length)), { window: size }),
      {
        kind: 'cut',
        ...facts,
      },
    );
  };
  const letters = [...'abcdefghijklmnop'];

  it('are done in one, with as many draws as the window keeps', () => {
    const { chain } = aChain([shuffle(), window()], aBoard(letters).pool);
    const context = aContext();
    let draws = 0;
    const random = {
      ...context.random,
      next: () => {
        draws += 1;
        return context.random.next();
      },
    };
    const decision = decide(chain, { ...context, random });
    expect(draws).toBe(4);
    expect(decision.steps).toEqual([
      { name: 'shuffle', before: 16, after: 16 },
      { name: 'window', before: 16, after: 4 },
    ]);
  });

  it('keep every server equally often', () => {
    const { chain } = aChain([shuffle(), window()], aBoard(letters).pool);
    const context = aContext({ seed: 8 });
    const counts = new Map<string, number>();
    for (let i = 0; i < 16_000; i++) {
      const id = decide(chain, context).chosen?.id ?? '';
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    const distance = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    // 37.7: one in a thousand, 15 degrees of freedom.
    expect(distance).toBeLessThan(37.7);
    expect(counts.size).toBe(16);
  });

  it.each([
    ['a guard stands round the shuffle', [shuffle({ guard: aGuard() }), window()]],
    ['a guard stands round the window', [shuffle(), window({ guard: aGuard() })]],
    ['a link stands between', [shuffle(), reversed(), window()]],
    ['no window follows', [shuffle()]],
    ['they stand in the head', [shuffle({ scope: 'board' }), window({ scope: 'board' })]],
  ])('are run one by one where %s', (_, links) => {
    const { chain } = aChain(links, aBoard(letters).pool);
    expect(chain.links.some(({ fusedWithNext }) => fusedWithNext)).toBe(false);
    expect(decide(chain, aContext()).chosen).toBeDefined();
  });
});

describe('an estimate', () => {
  it('holds for the links behind it, until another one', () => {
    const seen: Record<string, readonly [number, number]> = {};
    const look = (name: string, facts: Explained = {}): LinkSpec =>
      carrying(name, facts, (servers, moment) => {
        const [server] = servers;
        if (server) seen[name] = [moment.requests(server), moment.predicted(server)];
        return servers;
      });
    const links = [
      look('first'),
      look('second', { estimate: () => 100 }),
      look('third', { predicted: () => 7 }),
      look('fourth', { estimate: () => 200, predicted: () => 8 }),
      look('last'),
    ];
    decide(aChain(links, aBoard(['a']).pool).chain, aContext());
    expect(seen).toEqual({
      first: [0, 0],
      second: [0, 0],
      third: [100, 0],
      fourth: [100, 7],
      last: [200, 8],
    });
  });

  it('is asked with the time and the number of proxies', () => {
    const asked: unknown[] = [];
    const estimate = (_: Server, moment: Pick<Moment, 'now' | 'proxies'>): number =>
      asked.push([moment.now, moment.proxies]);
    const links = [
      carrying('says', { estimate }),
      aLink(
        'asks',
        orderBy((server, m) => m.requests(server)),
        { kind: 'order' },
      ),
    ];
    decide(aChain(links, aBoard(['a']).pool).chain, aContext({ now: 5, proxies: 3 }));
    expect(asked).toEqual([[5, 3]]);
  });
});

describe('compileChain', () => {
  it('makes each function once, with its own options and memory', () => {
    const made: unknown[] = [];
    const mine = defineCandidacy({
      name: 'mine',
      signal: () => ({ init: () => ({ n: 0 }) }),
      create: (options, memoryOf) => {
        made.push(options);
        return (servers) => servers.filter((server) => memoryOf(server)?.n === 0);
      },
    }) as Candidacy;
    const { pool } = aBoard(['a']);
    const link = (n: number): LinkSpec => ({ name: 'mine', candidacy: mine, options: { n } });
    const { chain } = aChain([link(1), link(2), link(1)], pool);
    expect(made).toEqual([{ n: 1 }, { n: 2 }, { n: 1 }]);
    expect(chain.memories).toEqual(['mine {"n":1}', 'mine {"n":2}', 'mine {"n":1}']);
    expect(pool.servers[0]?.columns).toHaveLength(2);
    expect(decide(chain, aContext()).chosen?.id).toBe('a');
  });

  it('guards the memory of a user, and tells of its faults with the link', () => {
    const guard = aGuard();
    const faults: string[] = [];
    const candidacy = defineCandidacy({
      name: 'mine',
      signal: () => ({
        init: () => ({}),
        onDone: () => {
          throw new Error('broken');
        },
      }),
      create: () => (servers) => servers,
    }) as Candidacy;
    const { board, pool, server } = aBoard(['a']);
    compileChain(
      'web',
      [{ name: './mine.ts', candidacy, options: {}, guard }],
      pool,
      'undo',
      (link, kind, message) => faults.push(`${link.name} ${kind} ${message}`),
    );
    board.begin(server('a'), 0)(answered(), 1);
    expect(server('a').inFlight).toBe(0);
    expect(faults).toEqual(['./mine.ts throw broken']);
    expect(guard.log).toContain('throw: broken');
  });
});

describe('ChainMoment', () => {
  it('knows self and forgets deliveries when it is armed anew', () => {
    const { pool, server } = aBoard(['a', 'b'], { self: 'b' });
    const moment = new ChainMoment(pool, NO_REQUEST);
    const how = { location: 'http://a/', status: 302 } as const;
    expect(moment.self?.id).toBe('b');
    moment.deliver(server('a'), how);
    expect(moment.deliveryTo(server('a'))).toBe(how);
    expect(moment.deliveryTo(server('b'))).toBeUndefined();
    moment.arm(NO_REQUEST, 1, () => 0, 2);
    expect(moment.deliveryTo(server('a'))).toBeUndefined();
  });

  it('believes what was reported, corrected, and predicts nothing, before any link says more', () => {
    const { pool, server } = aBoard(['a']);
    const moment = new ChainMoment(pool, NO_REQUEST);
    server('a').hear('n', { inFlight: 5 }, 0);
    server('a').begin();
    moment.arm(NO_REQUEST, 0, () => 0, 2);
    expect(moment.requests(server('a'))).toBe(correctedRequests(server('a'), { now: 0, proxies: 2 }));
    expect(moment.requests(server('a'))).toBe(7);
    expect(moment.predicted(server('a'))).toBe(0);
    expect(ids(pool.servers)).toBe('a');
  });
});
