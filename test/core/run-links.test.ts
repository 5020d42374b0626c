import { describe, expect, it } from 'vitest';
import type { OnError, WhenEmpty } from '../../src/core/chain.ts';
import { type Decision, decide } from '../../src/core/decide.ts';
import { explained, orderBy } from '../../src/core/making.ts';
import { newRun, runLinks } from '../../src/core/run-links.ts';
import type { CandidacyFunction, Server } from '../../src/core/types.ts';
import { aBoard, aChain, aContext, aGuard, aLink, ids, reversed, without } from './support.ts';

const boom: CandidacyFunction = () => {
  throw new Error('boom');
};
const strange =
  (answer: unknown): CandidacyFunction =>
  () =>
    answer as readonly Server[];

const outcome = ({ chosen, delivery }: Decision): string => chosen?.id ?? delivery;

describe('a link that fails', () => {
  const scoreBoom = orderBy(() => boom([], {} as never) as never);
  const ways = [
    ['throws', boom, 'throw: boom'],
    [
      'throws what is no error',
      () => {
        throw null;
      },
      'throw: null',
    ],
    [
      'throws what has no text',
      () => {
        throw Object.create(null);
      },
      'throw: a value that has no text',
    ],
    ['returns no list', strange('a'), 'bad_result: returned a value of type string, not a list of servers'],
    [
      'is asynchronous',
      strange(Promise.resolve([])),
      'bad_result: returned a promise; candidacy functions are synchronous, not a list of servers',
    ],
    [
      'returns a stranger',
      strange([{ id: 'x' }]),
      'bad_result: returned something that is not a server of this pool ("x")',
    ],
    [
      'returns what bites',
      strange([
        {
          get slot() {
            throw new Error('bite');
          },
        },
      ]),
      'throw: bite',
    ],
    ['has a score that throws', scoreBoom, 'throw: boom'],
  ] as const;

  it.each(ways)('because it %s leaves the list as it was, and is told of', (_, run, fault) => {
    const { chain, faults } = aChain([reversed(), aLink('bad', run)], aBoard(['a', 'b']).pool);
    const decision = decide(chain, aContext());
    expect(outcome(decision)).toBe('b');
    expect(decision.steps.at(-1)).toEqual({ name: 'bad', before: 2, after: 2 });
    expect(faults).toEqual([`bad: ${fault}`]);
  });

  it.each(ways)('because it %s tells its guard, which is always left', (_, run, fault) => {
    const guard = aGuard();
    decide(aChain([aLink('bad', run, { guard })], aBoard(['a']).pool).chain, aContext());
    expect(guard.log).toEqual(['enter', 'leave', fault]);
  });

  it('by taking too long is told of with its chain, and its answer counts', () => {
    const guard = { ...aGuard(), leave: () => 'took 9 ms' };
    const { chain, faults } = aChain([reversed({ guard })], aBoard(['a', 'b']).pool);
    expect(outcome(decide(chain, aContext()))).toBe('b');
    expect(faults).toEqual(['reversed: timeout: took 9 ms']);
  });

  it.each([
    ['pass', 'undo', 'a'],
    ['pass', 'refuse', 'a'],
    ['empty', 'undo', 'a'],
    ['empty', 'refuse', 'refused'],
    ['empty', 'local', 'local'],
    ['fail', 'undo', 'refused'],
    ['fail', 'local', 'refused'],
  ] as const)('with onError %s and whenEmpty %s: %s', (onError, whenEmpty, expected) => {
    const { pool } = aBoard(['a', 'b']);
    for (const run of [boom, strange(7), scoreBoom]) {
      const bad = aLink('bad', run, { onError, kind: 'order' });
      expect(outcome(decide(aChain([bad], pool, whenEmpty).chain, aContext()))).toBe(expected);
      expect(outcome(decide(aChain([bad, reversed()], pool, whenEmpty).chain, aContext()))).toBe(
        expected === 'a' ? 'b' : expected,
      );
    }
  });

  it.each(['pass', 'empty', 'fail'] as const satisfies readonly OnError[])(
    'in the board-scoped head is contained too (%s)',
    (onError) => {
      const bad = aLink('bad', boom, { onError, scope: 'board' });
      const { chain } = aChain([bad, reversed()], aBoard(['a', 'b']).pool, 'refuse');
      const expected = onError === 'pass' ? 'b' : 'refused';
      for (let i = 0; i < 3; i++) expect(outcome(decide(chain, aContext()))).toBe(expected);
    },
  );
});

describe('a guarded link', () => {
  it('is left out while bypassed', () => {
    const guard = aGuard();
    const { chain, faults } = aChain([without('a', { guard })], aBoard(['a', 'b']).pool);
    expect(outcome(decide(chain, aContext()))).toBe('b');
    guard.bypassed = true;
    expect(outcome(decide(chain, aContext()))).toBe('a');
    guard.bypassed = false;
    expect(outcome(decide(chain, aContext()))).toBe('b');
    expect(guard.log).toEqual(['enter', 'leave', 'enter', 'leave']);
    expect(faults).toEqual([]);
  });

  it.each([
    ['pass', 'a'],
    ['empty', 'refused'],
    ['fail', 'refused'],
  ] as const)('that is bypassed does with the list what its fault would do: %s', (onError, expected) => {
    const guard = { ...aGuard(), bypassed: true };
    const { chain } = aChain([without('a', { guard, onError })], aBoard(['a', 'b']).pool, 'refuse');
    expect(outcome(decide(chain, aContext()))).toBe(expected);
  });

  it('cannot change the list that it was given', () => {
    const sorter: CandidacyFunction = (servers) => (servers as Server[]).reverse();
    const { pool } = aBoard(['a', 'b']);
    const { chain, faults } = aChain([aLink('sorter', sorter, { guard: aGuard() })], pool);
    expect(outcome(decide(chain, aContext()))).toBe('a');
    expect(ids(pool.eligible)).toBe('a b');
    expect(faults).toEqual([expect.stringMatching(/^sorter: throw: Cannot assign to read only property/)]);
  });

  it('may keep the list that it returns, and change it later', () => {
    const kept: Server[] = [];
    const keeper: CandidacyFunction = (servers) => {
      kept.length = 0;
      kept.push(...servers.toReversed());
      return kept;
    };
    const next = aLink('next', (servers) => servers, { guard: aGuard() });
    const { chain, faults } = aChain(
      [aLink('keeper', keeper, { guard: aGuard() }), next],
      aBoard(['a', 'b']).pool,
    );
    const first = decide(chain, aContext());
    kept.length = 0;
    expect(ids(first.ranked)).toBe('b a');
    expect(outcome(decide(chain, aContext()))).toBe('b');
    expect(faults).toEqual([]);
  });

  it('is called even where it is the last order', () => {
    const guard = aGuard();
    const scored = aLink(
      'scored',
      explained((servers) => servers.toReversed(), { score: () => 0 }),
      {
        kind: 'order',
        guard,
      },
    );
    expect(outcome(decide(aChain([scored], aBoard(['a', 'b']).pool).chain, aContext()))).toBe('b');
    expect(guard.log).toEqual(['enter', 'leave']);
  });
});

describe('an emptied list', () => {
  const nobody = aLink('nobody', () => []);
  const off = aLink('off', () => [], { emptyIsLocal: true });
  it.each([
    ['undo', [nobody], 'a', [[2, 0]]],
    [
      'undo',
      [nobody, reversed()],
      'b',
      [
        [2, 0],
        [2, 2],
      ],
    ],
    [
      'undo',
      [nobody, off, reversed()],
      'local',
      [
        [2, 0],
        [2, 0],
        [0, 0],
      ],
    ],
    [
      'refuse',
      [nobody, reversed()],
      'refused',
      [
        [2, 0],
        [0, 0],
      ],
    ],
    [
      'local',
      [nobody, reversed()],
      'local',
      [
        [2, 0],
        [0, 0],
      ],
    ],
    ['refuse', [off], 'local', [[2, 0]]],
  ] as const satisfies readonly (readonly [WhenEmpty, ...unknown[]])[])(
    'with whenEmpty %s (%#)',
    (whenEmpty, links, expected, counts) => {
      const { chain } = aChain(links, aBoard(['a', 'b']).pool, whenEmpty);
      const decision = decide(chain, aContext());
      expect(outcome(decision)).toBe(expected);
      expect(decision.steps.map(({ before, after }) => [before, after])).toEqual(counts);
    },
  );

  it.each([
    ['undo', [reversed()], 'refused'],
    ['refuse', [reversed()], 'refused'],
    ['local', [reversed()], 'local'],
    ['refuse', [off], 'local'],
    ['undo', [], 'refused'],
  ] as const)('that was empty from the start, with %s (%#): %s', (whenEmpty, links, expected) => {
    expect(outcome(decide(aChain(links, aBoard([]).pool, whenEmpty).chain, aContext()))).toBe(expected);
  });
});

describe('runLinks', () => {
  it('shows an observer each link as it was run, and none behind the end', () => {
    const { pool } = aBoard(['a', 'b', 'c']);
    const nobody = aLink('nobody', () => []);
    const { chain } = aChain([without('b'), reversed(), nobody, reversed()], pool, 'refuse');
    const run = newRun(chain.links.length, pool.eligible);
    const seen: string[] = [];
    runLinks(chain, run, 0, 4, ({ name }, before, after) =>
      seen.push(`${name}: ${ids(before)} > ${ids(after)}`),
    );
    expect(seen).toEqual(['without b: a b c > a c', 'reversed: a c > c a', 'nobody: c a > ']);
    expect(run).toMatchObject({ ended: 'refused', counts: [3, 2, 2, 2, 2, 0, 0, 0] });
  });
});
