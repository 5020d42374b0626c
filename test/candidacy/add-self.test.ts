import { describe, expect, it } from 'vitest';
import { addSelf } from '../../candidacy/add-self.ts';
import { removeSelf } from '../../candidacy/remove-self.ts';
import { aMoment, aServer } from '../../src/testing/index.ts';
import { Bench, ids, made } from './support.ts';

const a = aServer({ id: 'a' });
const self = aServer({ id: 'me', isSelf: true });

describe('addSelf', () => {
  it.each([
    ['at the end where it is absent', [a], self, ['a', 'me']],
    ['into an empty list', [], self, ['me']],
    ['not again where it is present', [self, a], self, ['me', 'a']],
    ['nobody where the pool has no self', [a], undefined, ['a']],
  ])('puts self %s', (_, servers, own, expected) => {
    expect(ids(made(addSelf)(servers, aMoment(own ? { self: own } : {})))).toEqual(expected);
  });

  it('keeps the contract in a chain, and adds nobody while self is drained', () => {
    const bench = new Bench([{ id: 'a' }, { id: 'me' }], { self: 'me' });
    const chain = bench.chain([removeSelf, addSelf]);
    expect(ids(bench.decide(chain).ranked)).toEqual(['a', 'me']);
    bench.board.setHand('web', 'me', { state: 'drain', reason: '' });
    expect(ids(bench.decide(chain).ranked)).toEqual(['a']);
  });
});
