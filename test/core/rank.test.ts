import { describe, expect, it } from 'vitest';
import { type Decision, decide } from '../../src/core/decide.ts';
import { explained, orderBy, sample } from '../../src/core/making.ts';
import { aBoard, aChain, aContext, aGuard, aLink, ids, preferring, reversed, without } from './support.ts';

const shuffle = aLink(
  'shuffle',
  explained((servers) => servers, { shuffles: true }),
  { kind: 'order' },
);
const window = aLink(
  'window',
  explained((servers) => servers, { window: () => 1 }),
  { kind: 'cut' },
);
const letters = [...'abcdefgh'];

const decided = (links: Parameters<typeof aChain>[0], seed = 1): Decision =>
  decide(aChain(links, aBoard(letters).pool).chain, aContext({ seed }));

const groups = (decision: Decision, ...sizes: readonly number[]): readonly string[] => {
  let from = 0;
  return sizes.map((size) => {
    from += size;
    return ids(decision.ranked.slice(from - size, from).toSorted((a, b) => a.slot - b.slot));
  });
};

describe('ranked', () => {
  it('is what is left, then what cuts removed, latest cut first, and never what a filter dropped', () => {
    const decision = decided([without('b'), preferring('a c d e'), without('c'), preferring('d e')]);
    expect(groups(decision, 2, 1, 3)).toEqual(['d e', 'a', 'f g h']);
    expect(decision.ranked).toHaveLength(6);
  });

  it('begins with the chosen and is empty without one', () => {
    const decision = decided([reversed(), preferring('c d')]);
    expect(decision.ranked[0]).toBe(decision.chosen);
    expect(decide(aChain([], aBoard([]).pool).chain, aContext()).ranked).toEqual([]);
  });

  it('asks later filters about what a cut removed before they could see it', () => {
    expect(groups(decided([preferring('a b'), without('c d')]), 2, 4)).toEqual(['a b', 'e f g h']);
    const guard = aGuard();
    decided([preferring('a b'), without('c d', { guard })]).ranked;
    expect(guard.log).toEqual(['enter', 'leave', 'enter', 'leave']);
  });

  it('stays without what a filter dropped, also where that filter would now let it pass', () => {
    const moody = aLink('moody', (servers) =>
      servers.length > 2 ? servers : servers.filter(({ id }) => id !== 'b'),
    );
    expect(groups(decided([preferring('a b'), moody]), 1, 6)).toEqual(['a', 'c d e f g h']);
  });

  it('loses nobody to a later filter that fails', () => {
    const bad = aLink('bad', (servers) => (servers.length > 2 ? ('x' as never) : servers));
    expect(groups(decided([preferring('a b'), bad]), 2, 6)).toEqual(['a b', 'c d e f g h']);
  });

  it('has what a board-scoped cut removed, also while the answer of the head is kept', () => {
    const { pool } = aBoard(letters);
    const { chain } = aChain([preferring('a b', { scope: 'board' }), reversed()], pool);
    for (const now of [0, 1, 2])
      expect(groups(decide(chain, aContext({ now })), 2, 6)).toEqual(['a b', 'c d e f g h']);
  });

  it('knows no cut that was undone', () => {
    expect(groups(decided([preferring('z'), without('a')]), 7)).toEqual(['b c d e f g h']);
    expect(decided([preferring('z'), without('a')]).ranked).toHaveLength(7);
  });

  it('is in order behind a score of which only the best was looked for', () => {
    const byName = aLink(
      'byName',
      orderBy(({ slot }) => -slot),
      { kind: 'order' },
    );
    expect(ids(decided([preferring('a b c'), byName]).ranked.slice(0, 3))).toBe('c b a');
  });

  it('keeps the order that a link gave what a cut removed', () => {
    expect(ids(decided([reversed(), preferring('c')]).ranked)).toBe('c h g f e d b a');
  });

  it.each([
    ['nothing', [preferring('a')]],
    [
      'an order that returns the list it was given',
      [aLink('marks', (all) => all, { kind: 'order' }), preferring('a')],
    ],
    ['an order that a shuffle has undone', [reversed(), shuffle, window]],
    ['a sample', [aLink('sample', sample(1), { kind: 'cut' })]],
  ])('spreads what a cut removed where only %s put it in order', (_, links) => {
    const seconds = new Set<string | undefined>();
    for (let seed = 0; seed < 60; seed++) seconds.add(decided(links, seed).ranked[1]?.id);
    expect(seconds.size).toBeGreaterThanOrEqual(7);
  });

  it('is the same list at every look, and for the same seed', () => {
    const one = decided([preferring('a')], 5);
    expect(one.ranked).toBe(one.ranked);
    expect(ids(decided([preferring('a')], 5).ranked)).toBe(ids(one.ranked));
  });

  it('leaves out servers that have left the pool since', () => {
    const { pool, configure } = aBoard(['a', 'b', 'c', 'd']);
    const byName = aLink(
      'byName',
      orderBy(({ slot }) => -slot),
      { kind: 'order' },
    );
    const { chain, faults } = aChain([preferring('a b c'), byName], pool);
    const decision = decide(chain, aContext());
    configure(['a', 'c']);
    expect(ids(decision.ranked)).toBe('c a');
    expect(faults).toEqual([]);
  });
});
