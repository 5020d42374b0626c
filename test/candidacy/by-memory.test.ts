import { expect, it } from 'vitest';
import { byMemory } from '../../candidacy/by-memory.ts';
import { aMoment, aServer } from '../../src/testing/index.ts';
import { ids, made } from './support.ts';

const of = (id: string, memoryAvailable: number, memoryTotal = 64e9) =>
  aServer({ id, stats: { memoryAvailable, memoryTotal } });

it.each([
  ['most available first', [of('a', 1e9), of('b', 3e9), of('c', 2e9)], ['b', 'c', 'a']],
  ['bytes before shares', [of('small', 3e9, 4e9), of('large', 4e9, 64e9)], ['large', 'small']],
  ['the unknown behind the fullest', [aServer({ id: 'x', stats: {} }), of('a', 0)], ['a', 'x']],
])('byMemory puts %s', (_, servers, expected) => {
  expect(ids(made(byMemory)(servers, aMoment()))).toEqual(expected);
});
