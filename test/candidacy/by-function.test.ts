import { describe, expect, it } from 'vitest';
import { byFunction } from '../../candidacy/by-function.ts';
import { orderBy } from '../../src/core/making.ts';
import type { CandidacyFunction } from '../../src/core/types.ts';
import { Bench, faultsIn, ids } from './support.ts';

const bench = new Bench([{ id: 'a' }, { id: 'b' }, { id: 'c' }]);

describe('byFunction', () => {
  it.each<[string, CandidacyFunction, readonly string[]]>([
    ['a filter', (servers) => servers.filter(({ id }) => id !== 'a'), ['b', 'c']],
    ['an order', orderBy(({ slot }) => -slot), ['c', 'b', 'a']],
  ])('calls %s of the user', (_, run, expected) => {
    expect(ids(bench.decide(bench.chain([[byFunction, { function: run }]])).ranked)).toEqual(expected);
    expect(ids(bench.decide(bench.chain([[byFunction, run]])).ranked)).toEqual(expected);
  });

  it.each(['./by-tenant.ts', undefined, {}])('refuses %j, which is not a function', (given) => {
    expect(faultsIn(byFunction, { function: given })[0]).toContain('expected a candidacy function');
  });
});
