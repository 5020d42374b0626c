import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contractCheck } from '../../src/core/contract.ts';
import type { Server } from '../../src/core/types.ts';
import { aServer } from '../../src/testing/index.ts';
import { aBoard } from './support.ts';

const letters = [...'abcdefghij'];

describe('contractCheck', () => {
  const { pool, server } = aBoard(letters, { self: 'j' });
  const list = (text: string): readonly Server[] => [...text].map(server);
  const twin = aServer({ id: 'a', slot: server('a').slot });

  it.each([
    ['the list itself', 'abc', 'abc'],
    ['nobody', 'abc', ''],
    ['some', 'abc', 'b'],
    ['another order', 'abc', 'cba'],
    ['self, which was not asked', 'abc', 'abcj'],
    ['self alone', '', 'j'],
  ])('allows %s', (_, input, output) => {
    expect(contractCheck(pool)(list(input), list(output))).toBeUndefined();
  });

  it.each([
    [undefined, 'returned a value of type undefined, not a list of servers'],
    [null, 'returned null, not a list of servers'],
    [{ length: 1 }, 'returned a value of type object, not a list of servers'],
    [Promise.resolve([]), 'returned a promise; candidacy functions are synchronous, not a list of servers'],
    [list('abd'), 'returned server "d", which was not in its input'],
    [list('aba'), 'returned server "a" twice'],
    [list('jj'), 'returned server "j" twice'],
    [['a'], 'returned something that is not a server of this pool (a value of type string)'],
    [[undefined], 'returned something that is not a server of this pool (a value of type undefined)'],
    [new Array(1), 'returned something that is not a server of this pool (a value of type undefined)'],
    [[{ slot: -1 }], 'returned something that is not a server of this pool (a value of type object)'],
    [[twin], 'returned something that is not a server of this pool ("a")'],
  ])('says what else was returned (%#)', (output, fault) => {
    expect(contractCheck(pool)(list('abc'), output)).toBe(fault);
  });

  it('finds a server that has left the pool', () => {
    const small = aBoard(['a', 'b']);
    const check = contractCheck(small.pool);
    const before = small.pool.eligible;
    const [a, b] = before;
    small.configure(['b', 'c']);
    expect(check(before, [a, b])).toMatch(/not a server of this pool \("a"\)/);
  });

  it('grows with the pool', () => {
    const check = contractCheck(pool);
    expect(check(list('ab'), list('a'))).toBeUndefined();
    const big = aBoard(Array.from({ length: 500 }, (_, i) => `s${i}.example.com`));
    const bigCheck = contractCheck(big.pool);
    expect(bigCheck(big.pool.eligible.slice(0, 2), big.pool.eligible.slice(0, 1))).toBeUndefined();
    expect(bigCheck(big.pool.eligible, big.pool.eligible.toReversed())).toBeUndefined();
    expect(bigCheck(big.pool.eligible, [big.pool.eligible[499], big.pool.eligible[499]])).toMatch(/twice/);
  });

  it('does not look at a long question again for each answer', () => {
    let looks = 0;
    const table = Array.from({ length: 1000 }, (_, i) => {
      const server = { ...aServer({ id: `s${i}` }) };
      return Object.defineProperty(server, 'slot', {
        get: () => {
          looks += 1;
          return i;
        },
      });
    });
    const check = contractCheck({
      ...pool,
      name: 'web',
      servers: table,
      eligible: table,
      table,
      self: undefined,
      version: 1,
    });
    check(table, table.slice(0, 3));
    looks = 0;
    for (let i = 0; i < 100; i++) check(table, table.slice(i, i + 3));
    expect(looks).toBe(300);
  });

  it('agrees with a plain check over any sequence of questions and answers', () => {
    const check = contractCheck(pool);
    const some = fc.subarray(letters.slice(0, 6), { minLength: 0 });
    const any = fc.array(fc.constantFrom(...letters), { maxLength: 7 });
    const asked = fc.constantFrom('same', 'last answer', 'new');
    let before: readonly Server[] = list('abcdef');
    let last = before;
    fc.assert(
      fc.property(some, any, asked, (fresh, answer, which) => {
        const input = which === 'same' ? before : which === 'new' ? list(fresh.join('')) : last;
        const output = list(answer.join(''));
        const strangers = output.filter((one) => !input.includes(one) && one !== pool.self);
        const isFair = strangers.length === 0 && new Set(output).size === output.length;
        expect(check(input, output) === undefined).toBe(isFair);
        before = input;
        if (isFair) last = output;
      }),
      { numRuns: 2000 },
    );
  });
});
