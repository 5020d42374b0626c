import { describe, expect, it } from 'vitest';
import type { LinkSpec } from '../../src/core/chain.ts';
import { type Decision, type DecisionContext, decide } from '../../src/core/decide.ts';
import { explain } from '../../src/core/explain.ts';
import { explained, orderBy, pickAtRandom, sample } from '../../src/core/making.ts';
import type { Pool } from '../../src/core/pool.ts';
import { seededRandom } from '../../src/core/random.ts';
import { aBoard, aChain, aContext, aGuard, aLink, ids, preferring, reversed } from './support.ts';

type LinkFacts = Parameters<typeof aLink>[2];

const shuffle = (facts: LinkFacts = {}): LinkSpec =>
  aLink(
    'shuffle',
    explained((servers, { random }) => pickAtRandom(servers, servers.length, random), { shuffles: true }),
    { kind: 'order', ...facts },
  );
const sampleOf = (least: number, facts: LinkFacts = {}): LinkSpec =>
  aLink('sample', sample(least), { kind: 'cut', ...facts });
const best = (facts: LinkFacts = {}): LinkSpec =>
  aLink(
    'best',
    orderBy(({ inFlight }) => inFlight),
    { kind: 'order', ...facts },
  );

/** Eight servers, of which `b`, `d` and `g` have the fewest requests. */
const eight = (): Pool => {
  const { pool, server } = aBoard([...'abcdefgh']);
  for (const id of 'acefh') server(id).inFlight = 2;
  return pool;
};

const countingDraws = (context: DecisionContext): { context: DecisionContext; draws: () => number } => {
  let draws = 0;
  const { random } = context;
  const next = (): number => {
    draws += 1;
    return random.next();
  };
  return { context: { ...context, random: { ...random, next } }, draws: () => draws };
};

const LINKS: readonly (readonly [string, () => readonly LinkSpec[]])[] = [
  ['a shuffle', () => [shuffle(), best()]],
  ['a sample that keeps all', () => [sampleOf(8), best()]],
  ['a shuffle behind a filter', () => [preferring('a b d g', { kind: 'filter' }), shuffle(), best()]],
];

describe.each(LINKS)('%s before the search for the best', (_, links) => {
  const chain = () => aChain(links(), eight()).chain;

  it('costs one draw, however many servers there are', () => {
    const { context, draws } = countingDraws(aContext());
    decide(chain(), context);
    expect(draws()).toBe(1);
  });

  it('gives each of the best the same chance, and nobody else one', () => {
    const one = chain();
    const context = aContext({ seed: 3 });
    const counts = new Map<string, number>();
    for (let i = 0; i < 15_000; i++) {
      const id = decide(one, context).chosen?.id ?? '';
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual(['b', 'd', 'g']);
    const distance = [...counts.values()].reduce((sum, count) => sum + (count - 5000) ** 2 / 5000, 0);
    // 13.8: one in a thousand, 2 degrees of freedom.
    expect(distance).toBeLessThan(13.8);
  });

  it('notes the same steps as any other', () => {
    const { steps } = decide(chain(), aContext());
    expect(steps.slice(-2).map(({ name }) => name)).toEqual(
      links()
        .map(({ name }) => name)
        .slice(-2),
    );
    for (const { before, after } of steps.slice(-2)) expect(before).toBe(after);
    expect(steps.at(-1)?.after).toBe(steps[0]?.after);
  });

  it('leaves the rest of the ranking in random order, best first', () => {
    const one = chain();
    const context = aContext({ seed: 9 });
    const thirds = new Set<string>();
    for (let i = 0; i < 200; i++) {
      const { ranked, chosen } = decide(one, context);
      expect(ranked[0]).toBe(chosen);
      expect(ids(ranked.slice(0, 3).toSorted((a, b) => a.slot - b.slot))).toBe('b d g');
      thirds.add(ids(ranked.slice(1, 3)));
    }
    expect([...thirds].sort()).toEqual(['b d', 'b g', 'd b', 'd g', 'g b', 'g d']);
  });

  it('decides and ranks the same again with the same seed, as explanations show it', () => {
    const one = chain();
    const context = aContext({ seed: 5 });
    const decisions = Array.from({ length: 40 }, () => decide(one, context));
    expect(new Set(decisions.map(({ chosen }) => chosen)).size).toBe(3);
    for (const { request, now, seed, chosen, ranked } of decisions) {
      const again = decide(one, { ...context, random: seededRandom(seed) });
      expect([again.chosen, ids(again.ranked)]).toEqual([chosen, ids(ranked)]);
      const shown = explain(one, { request, now, seed, proxies: 1, clock: () => 0 });
      expect([shown.chosen, shown.ranked.join(' ')]).toEqual([chosen?.id, ids(ranked)]);
      expect(shown.steps.at(-1)?.scores?.[0]).toEqual({ id: chosen?.id, score: 0 });
    }
  });
});

describe('a shuffle or sample is run as any other link', () => {
  const chosenBy = (links: readonly LinkSpec[]): { decision: Decision; draws: number } => {
    const { chain } = aChain(links, eight());
    expect(chain.links.filter(({ breaksTies }) => breaksTies)).toHaveLength(0);
    const { context, draws } = countingDraws(aContext());
    return { decision: decide(chain, context), draws: draws() };
  };

  it.each([
    ['where a guard stands round it', [shuffle({ guard: aGuard() }), best()]],
    ['where a guard stands round the order', [sampleOf(8), best({ guard: aGuard() })]],
    ['where a link stands between', [shuffle(), aLink('same', (servers) => servers), best()]],
    ['where the order is not the last link', [shuffle(), best(), aLink('same', (servers) => servers)]],
    ['where the order is a filter', [shuffle(), best({ kind: 'filter' })]],
  ])('%s', (_, links) => {
    const { decision, draws } = chosenBy(links);
    expect(draws).toBe(8);
    expect('b d g').toContain(decision.chosen?.id);
  });

  it('where what stands behind it has no score', () => {
    expect(chosenBy([shuffle(), reversed()]).draws).toBe(8);
  });

  it('where it stands in the head, whose answer is kept', () => {
    const { decision } = chosenBy([shuffle({ scope: 'board' }), best({ scope: 'board' })]);
    expect('b d g').toContain(decision.chosen?.id);
  });

  it('where it leaves some out', () => {
    const { chain } = aChain([sampleOf(3), best()], eight());
    const { context, draws } = countingDraws(aContext());
    const { steps, ranked } = decide(chain, context);
    expect(draws()).toBe(3);
    expect(steps[0]).toEqual({ name: 'sample', before: 8, after: 3 });
    expect(ranked).toHaveLength(8);
  });
});

describe('an order that fails behind a shuffle that was left out', () => {
  it('leaves a list in random order', () => {
    const broken = orderBy(() => {
      throw new Error('broken');
    });
    const { chain, faults } = aChain([shuffle(), aLink('broken', broken, { kind: 'order' })], eight());
    const context = aContext({ seed: 2 });
    const chosen = new Set<string | undefined>();
    for (let i = 0; i < 200; i++) chosen.add(decide(chain, context).chosen?.id);
    expect([...chosen].sort().join('')).toBe('abcdefgh');
    expect(faults).toHaveLength(200);
  });
});
