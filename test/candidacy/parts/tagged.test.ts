import { describe, expect, it } from 'vitest';
import { Tagged } from '../../../candidacy/parts/tagged.ts';
import { Bench, ids } from '../support.ts';

describe('Tagged', () => {
  it('splits a list, in its order', () => {
    const bench = new Bench(['a', 'b', 'c', 'd'].map((id, i) => ({ id, tags: i % 2 === 0 ? ['x'] : ['y'] })));
    const { tagged, others } = new Tagged('x').split(bench.pool.servers);
    expect([ids(tagged), ids(others)]).toEqual([
      ['a', 'c'],
      ['b', 'd'],
    ]);
  });

  it('gives the same lists for a list that comes again, and new ones when a tag of it has changed', () => {
    const bench = new Bench([{ id: 'a', tags: ['x'] }, { id: 'b' }]);
    const tagged = new Tagged('x');
    const list = bench.pool.eligible;
    const first = tagged.split(list);
    expect(tagged.split(list)).toBe(first);
    bench.pool.retag(bench.server('b'), ['x']);
    expect(ids(tagged.split(list).tagged)).toEqual(['a', 'b']);
    expect(ids(tagged.split(list.slice(1)).tagged)).toEqual(['b']);
    expect(tagged.split([])).toEqual({ tagged: [], others: [] });
  });
});
