import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../src/core/decide.ts';
import { orderBy, pickWeighted, sample } from '../../src/core/making.ts';
import { seededRandom } from '../../src/core/random.ts';
import type { Server } from '../../src/core/types.ts';
import { aBoard, aChain, aContext, aLink, ids, preferring, reversed, without } from './support.ts';

const byInFlight = () =>
  aLink(
    'byInFlight',
    orderBy(({ inFlight }) => inFlight),
    { kind: 'order' },
  );

describe('decide', () => {
  it('chooses the first of what is left and notes a step for each link', () => {
    const { chain } = aChain(
      [without('d'), reversed(), preferring('a c')],
      aBoard(['a', 'b', 'c', 'd']).pool,
    );
    const decision = decide(chain, aContext({ now: 5 }));
    expect(decision).toMatchObject({ delivery: 'proxy', redirect: undefined, now: 5, chain });
    expect(decision.chosen?.id).toBe('c');
    expect(decision.steps).toEqual([
      { name: 'without d', before: 4, after: 3 },
      { name: 'reversed', before: 3, after: 3 },
      { name: 'preferring a c', before: 3, after: 2 },
    ]);
    expect(decision.counts).toEqual([4, 3, 3, 3, 3, 2]);
  });

  it('gives each decision a seed of its own, also where no link draws', () => {
    const { chain } = aChain([reversed()], aBoard(['a', 'b']).pool);
    const random = seededRandom(7);
    const seeds = [1, 2, 3].map((now) => decide(chain, { ...aContext({ now }), random }).seed);
    expect(new Set(seeds).size).toBe(3);
  });

  it('notes the same steps while the head of the chain is kept', () => {
    const { chain } = aChain([without('b', { scope: 'board' }), reversed()], aBoard(['a', 'b', 'c']).pool);
    const first = decide(chain, aContext());
    const second = decide(chain, aContext({ now: 1 }));
    expect(second.steps).toEqual([
      { name: 'without b', before: 3, after: 2 },
      { name: 'reversed', before: 2, after: 2 },
    ]);
    expect(first.steps).toEqual(second.steps);
  });

  it('keeps its steps when other decisions have others', () => {
    const { board, pool } = aBoard(['a', 'b', 'c']);
    const { chain } = aChain([reversed(), without('b')], pool);
    const [first, same] = [decide(chain, aContext()), decide(chain, aContext())];
    board.setHand('web', 'a', { state: 'drain', reason: '' });
    const other = decide(chain, aContext());
    expect([first.counts, same.counts, other.counts]).toEqual([
      [3, 3, 3, 2],
      [3, 3, 3, 2],
      [2, 2, 2, 1],
    ]);
    expect(same.counts).toBe(first.counts);
  });

  it('chooses the first of the pool without links', () => {
    const decision = decide(aChain([], aBoard(['a', 'b']).pool).chain, aContext());
    expect(decision.chosen?.id).toBe('a');
    expect(decision.steps).toEqual([]);
    expect(ids(decision.ranked)).toBe('a b');
  });

  it('finds the best by a score without ordering the rest, as a full order would', () => {
    const { pool, server } = aBoard([...'abcdef']);
    fc.assert(
      fc.property(fc.array(fc.nat(3), { minLength: 6, maxLength: 6 }), (counts) => {
        [...'abcdef'].forEach((id, i) => {
          server(id).inFlight = counts[i] ?? 0;
        });
        const quick = decide(aChain([byInFlight()], pool).chain, aContext());
        const full = decide(aChain([byInFlight(), without('')], pool).chain, aContext());
        expect(quick.chosen).toBe(full.chosen);
        expect(ids(quick.ranked)).toBe(ids(full.ranked));
      }),
    );
  });

  it('finds the best also where the whole chain is board-scoped', () => {
    const { pool, server } = aBoard(['a', 'b']);
    server('a').inFlight = 3;
    const order = aLink(
      'order',
      orderBy(({ inFlight }) => inFlight),
      { kind: 'order', scope: 'board' },
    );
    const { chain } = aChain([order], pool);
    for (const now of [0, 1, 50]) expect(decide(chain, aContext({ now })).chosen?.id).toBe('b');
  });

  it('decides the same again with the same seed and board', () => {
    const { pool } = aBoard([...'abcdefghij']);
    const links = [
      aLink('sample', sample(3), { kind: 'cut' }),
      aLink(
        'weighted',
        pickWeighted(() => 1),
        { kind: 'order' },
      ),
    ];
    const { chain } = aChain(links, pool);
    const context = aContext();
    const decisions = Array.from({ length: 30 }, () => decide(chain, context));
    expect(new Set(decisions.map(({ chosen }) => chosen)).size).toBeGreaterThan(3);
    for (const { seed, chosen, ranked } of decisions) {
      const again = decide(chain, { ...context, random: seededRandom(seed) });
      expect(again.chosen).toBe(chosen);
      expect(again.ranked).toEqual(ranked);
    }
  });

  it('leaves out what is drained by hand, and says so in a step before the others', () => {
    const { board, pool } = aBoard(['a', 'b', 'c']);
    board.setHand('web', 'a', { state: 'drain', reason: '' });
    board.setHand('web', 'c', { state: 'maint', reason: '' });
    for (const links of [[reversed()], [without('c', { scope: 'board' }), reversed()]]) {
      const decision = decide(aChain(links, pool).chain, aContext());
      expect(decision.chosen?.id).toBe('b');
      expect(decision.steps[0]).toEqual({ name: 'drained', before: 3, after: 1 });
      expect(decision.steps).toHaveLength(links.length + 1);
      expect(ids(decision.ranked)).toBe('b');
    }
  });

  it('never throws and never leaves the pool, whatever the links do', () => {
    const { pool } = aBoard([...'abcdef']);
    const answers = fc.array(fc.constantFrom<unknown>(...pool.servers, undefined, 'x', 7), { maxLength: 7 });
    const odd = fc.record({
      answer: fc.oneof(answers, fc.anything()),
      throws: fc.boolean(),
      kind: fc.constantFrom('filter', 'order', 'cut'),
      onError: fc.constantFrom('pass', 'empty', 'fail'),
      scope: fc.constantFrom('board', 'request'),
    });
    const whenEmpty = fc.constantFrom('undo', 'refuse', 'local');
    fc.assert(
      fc.property(fc.array(odd, { maxLength: 5 }), whenEmpty, (oddities, empty) => {
        const links = oddities.map(({ answer, throws, ...facts }) => {
          const run = () => {
            if (throws) throw answer;
            return answer as readonly Server[];
          };
          return aLink('odd', run, facts);
        });
        const { chosen, delivery, ranked, steps } = decide(aChain(links, pool, empty).chain, aContext());
        expect(chosen ? delivery : 'none').toBe(chosen ? 'proxy' : 'none');
        expect(ranked[0]).toBe(chosen);
        expect(new Set(ranked).size).toBe(ranked.length);
        expect(ranked.every((server) => pool.servers.some((known) => known === server))).toBe(true);
        expect(steps).toHaveLength(links.length);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a redirect', () => {
  const how = { location: 'http://b.example.com/', status: 302 } as const;
  const mark = (id: string) =>
    aLink(
      'mark',
      (servers, moment) => {
        for (const server of servers) if (server.id === id) moment.deliver(server, how);
        return servers;
      },
      { kind: 'order' },
    );

  it('sticks to its server through reordering, cuts and copies', () => {
    const links = [mark('b'), reversed(), preferring('a b'), byInFlight()];
    const { pool, server } = aBoard(['a', 'b', 'c']);
    server('a').inFlight = 1;
    const decision = decide(aChain(links, pool).chain, aContext());
    expect(decision).toMatchObject({ delivery: 'redirect', redirect: how });
    expect(decision.chosen?.id).toBe('b');
  });

  it('says nothing of another server', () => {
    const { chain } = aChain([mark('b')], aBoard(['a', 'b']).pool);
    expect(decide(chain, aContext())).toMatchObject({ delivery: 'proxy', redirect: undefined });
  });

  it('holds for one decision', () => {
    let on = true;
    const once = aLink('once', (servers, moment) => {
      for (const server of on ? servers : []) moment.deliver(server, how);
      return servers;
    });
    const { chain } = aChain([once], aBoard(['a']).pool);
    const first = decide(chain, aContext());
    on = false;
    expect(decide(chain, aContext()).delivery).toBe('proxy');
    expect(first.delivery).toBe('redirect');
    expect(ids(first.ranked)).toBe('a');
    expect(first.redirect).toBe(how);
  });
});
