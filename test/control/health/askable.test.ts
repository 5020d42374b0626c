import { expect, it } from 'vitest';
import { notEjected } from '../../../candidacy/not-ejected.ts';
import { Askable } from '../../../src/control/health/askable.ts';
import { compileChain } from '../../../src/core/chain.ts';
import { aBoard, answered, failed, ids } from '../../core/support.ts';

const aRailedBoard = () => {
  const test = aBoard(['a', 'b', 'c']);
  const link = {
    name: 'notEjected',
    candidacy: notEjected,
    options: notEjected.options?.parse({ jitter: 0 }),
  };
  compileChain('web', [link], test.pool, 'undo');
  const eject = (id: string, now: number): void => {
    for (let i = 0; i < 3; i++) test.board.begin(test.server(id), now)(failed(), now);
  };
  return { ...test, eject };
};

it('leaves out who is ejected or down, as long as that is so', () => {
  const { pool, server, eject, board } = aRailedBoard();
  const askable = new Askable();
  expect(askable.of(pool, 0)).toBe(pool.eligible);
  eject('a', 0);
  pool.setHealth(server('b'), { state: 'down', reason: '', isRefused: false, at: 0 }, 0);
  expect(ids(askable.of(pool, 1))).toBe('c');
  expect(askable.of(pool, 2)).toBe(askable.of(pool, 3));
  expect(ids(askable.of(pool, 1500))).toBe('a c');
  board.begin(server('a'), 1500)(answered(), 1500);
  expect(askable.of(pool, 1501)).toBe(pool.eligible);
});

it('leaves out nobody if all are ejected', () => {
  const { pool, eject } = aRailedBoard();
  for (const id of ['a', 'b', 'c']) eject(id, 0);
  expect(ids(new Askable().of(pool, 1))).toBe('a b c');
});
