import { describe, expect, it } from 'vitest';
import { byLoad } from '../../candidacy/by-load.ts';
import { aMoment, aServer } from '../../src/testing/index.ts';
import { faultsIn, ids, made } from './support.ts';

const of = (id: string, load1: number, isSelf = false) => aServer({ id, stats: { load1 }, isSelf });

describe('byLoad', () => {
  it.each([
    ['least load first', {}, [of('a', 3), of('b', 1), of('c', 2)], ['b', 'c', 'a']],
    ['equals as they came', {}, [of('a', 1), of('b', 1)], ['a', 'b']],
    ['self ahead by less than the bias', 0.5, [of('a', 1), of('me', 1.4, true)], ['me', 'a']],
    ['self behind by more than the bias', 0.5, [of('a', 1), of('me', 1.6, true)], ['a', 'me']],
    ['self behind with a negative bias', -1, [of('me', 0.5, true), of('a', 1)], ['a', 'me']],
    [
      'the unknown last',
      {},
      [aServer({ id: 'x' }), aServer({ id: 'y', stats: {} }), of('a', 99)],
      ['a', 'x', 'y'],
    ],
    ['what is no number last', {}, [of('nan', Number.NaN), of('a', 99)], ['a', 'nan']],
  ])('puts %s', (_, options, servers, expected) => {
    expect(ids(made(byLoad, options)(servers, aMoment()))).toEqual(expected);
  });

  it('adds what is predicted only where addPrediction stands before', () => {
    const servers = [aServer({ id: 'a', stats: { load1: 1 }, inFlight: 2 }), of('b', 2)];
    expect(ids(made(byLoad)(servers, aMoment()))).toEqual(['a', 'b']);
    expect(ids(made(byLoad)(servers, aMoment({ predicts: true })))).toEqual(['b', 'a']);
  });

  it('refuses a bias that is not a number, and warns that reports are old', () => {
    expect(faultsIn(byLoad, 'much')).toHaveLength(1);
    expect(byLoad.ordersByReports).toBe(true);
  });
});
