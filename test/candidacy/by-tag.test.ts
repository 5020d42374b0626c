import { describe, expect, it } from 'vitest';
import { byTag } from '../../candidacy/by-tag.ts';
import { Bench, faultsIn, ids } from './support.ts';

const bench = new Bench([
  { id: 'plain' },
  { id: 'gpu', tags: ['gpu'] },
  { id: 'eu', tags: ['eu'] },
  { id: 'both', tags: ['gpu', 'eu'] },
  { id: 'canary', tags: ['gpu', 'eu', 'canary'] },
]);
const keptBy = (options: unknown) => ids(bench.decide(bench.chain([[byTag, options]], 'refuse')).ranked);

describe('byTag', () => {
  it.each([
    ['gpu', ['gpu', 'both', 'canary']],
    [
      ['gpu', 'eu'],
      ['gpu', 'eu', 'both', 'canary'],
    ],
    [{ any: 'eu' }, ['eu', 'both', 'canary']],
    [{ all: ['gpu', 'eu'] }, ['both', 'canary']],
    [{ none: ['canary', 'gpu'] }, ['plain', 'eu']],
    [{ any: ['gpu', 'eu'], all: ['eu'], none: ['canary'] }, ['eu', 'both']],
    ['moon', []],
  ])('with %j keeps %j', (options, kept) => {
    expect(keptBy(options)).toEqual(kept);
  });

  it.each([
    [['gpu', 'eu'], { id: 'plain', reason: 'is not tagged gpu or eu' }],
    [{ all: ['gpu', 'eu'] }, { id: 'gpu', reason: 'is not tagged eu' }],
    [{ none: ['canary'] }, { id: 'canary', reason: 'is tagged canary' }],
  ])('with %j says of a dropped server %j', (options, expected) => {
    const [step] = bench.explain(bench.chain([[byTag, options]]));
    expect(step?.dropped).toContainEqual(expected);
  });

  it.each([{}, [], '', { any: [] }, { all: 'gpu' }])('refuses %j', (options) => {
    expect(faultsIn(byTag, options)).not.toEqual([]);
  });
});
