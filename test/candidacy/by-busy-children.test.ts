import { describe, expect, it } from 'vitest';
import { byBusyChildren } from '../../candidacy/by-busy-children.ts';
import { aMoment, aServer } from '../../src/testing/index.ts';
import { faultsIn, ids, made } from './support.ts';

const of = (id: string, total: number, available: number, isSelf = false) =>
  aServer({ id, stats: { slots: { total, available } }, isSelf });

describe('byBusyChildren', () => {
  it.each([
    ['fewest busy first, not most idle', {}, [of('a', 100, 90), of('b', 10, 5)], ['b', 'a']],
    ['self ahead by less than the bias', 3, [of('a', 9, 5), of('me', 9, 3, true)], ['me', 'a']],
    ['self behind by more than the bias', 1, [of('a', 9, 5), of('me', 9, 3, true)], ['a', 'me']],
    ['the unknown last', {}, [aServer({ id: 'x', stats: { load1: 0 } }), of('a', 9, 0)], ['a', 'x']],
  ])('puts %s', (_, options, servers, expected) => {
    expect(ids(made(byBusyChildren, options)(servers, aMoment()))).toEqual(expected);
  });

  it('adds what is predicted', () => {
    const busy = aServer({ id: 'a', stats: { slots: { total: 9, available: 9 } }, inFlight: 4 });
    const servers = [busy, of('b', 9, 6)];
    expect(ids(made(byBusyChildren)(servers, aMoment({ predicts: true })))).toEqual(['b', 'a']);
  });

  it('counts workers in whole numbers', () => {
    expect(faultsIn(byBusyChildren, 0.5)).toHaveLength(1);
  });
});
