import { expect, it } from 'vitest';
import { FieldBuilder, hopByHop, listOf, valuesOf } from '../../src/middleware/fields.ts';

it('finds values whatever the spelling, in order', () => {
  const raw = ['X-A', '1', 'x-b', '2', 'x-A', '3, 4'];
  expect(valuesOf(raw, 'x-a')).toEqual(['1', '3, 4']);
  expect(listOf(raw, 'x-a')).toEqual(['1', '3', '4']);
  expect(valuesOf(raw, 'none')).toEqual([]);
});

it('a list is trimmed, in lower case, without empty members', () => {
  expect(listOf(['A', ' One ,, TWO', 'a', ','], 'a')).toEqual(['one', 'two']);
});

it('only blanks and tabs are trimmed', () => {
  expect(listOf(['A', '\t one \t,\xa0two\xa0'], 'a')).toEqual(['one', '\xa0two\xa0']);
});

it('takes fields for one connection, and those that Connection names', () => {
  const isHop = hopByHop(['Connection', 'X-One', 'connection', 'close, x-two']);
  expect(['x-one', 'x-two', 'te', 'upgrade', 'x-three'].map(isHop)).toEqual([true, true, true, true, false]);
});

it('builds fields in their order; setting replaces every spelling', () => {
  const to = new FieldBuilder();
  to.add('X-A', '1');
  to.add('x-a', '2');
  to.add('B', '');
  to.add('b', 'x');
  to.set('X-a', 'only');
  to.add('X-A', 'more');
  expect(Object.entries(to.fields)).toEqual([
    ['B', ['', 'x']],
    ['X-a', ['only', 'more']],
  ]);
});
