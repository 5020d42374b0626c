import { describe, expect, it } from 'vitest';
import { notEjected } from '../../candidacy/not-ejected.ts';
import { slowStart } from '../../candidacy/slow-start.ts';
import { compileChain } from '../../src/core/chain.ts';
import { explain } from '../../src/core/explain.ts';
import type { HealthState } from '../../src/core/server-spec.ts';
import { aRequest } from '../../src/testing/index.ts';
import { aBoard, answered, failed, ids } from './support.ts';

const DOWN: HealthState = { state: 'down', reason: '3 checks failed', isRefused: false, at: 1 };
const REFUSED: HealthState = { state: 'down', reason: 'connect refused', isRefused: true, at: 1 };
const UP: HealthState = { state: 'up', reason: '', isRefused: false, at: 2 };

const explained = (pool: ReturnType<typeof aBoard>['pool'], now = 0) =>
  explain(compileChain('web', [], pool, 'undo'), {
    request: aRequest(),
    now,
    seed: 1,
    proxies: 1,
    clock: () => 0,
  });

describe('a pool of which some are down by their checks', () => {
  it('leaves them out before its chain, and makes kept answers void', () => {
    const { pool, server } = aBoard(['a', 'b', 'c']);
    const { version } = pool;
    pool.setHealth(server('b'), DOWN, 0);
    expect(ids(pool.eligible)).toBe('a c');
    expect(pool.version).toBeGreaterThan(version);
    pool.setHealth(server('b'), UP, 10);
    expect(ids(pool.eligible)).toBe('a b c');
  });

  it('says so in an explanation', () => {
    const { pool, server } = aBoard(['a', 'b']);
    pool.setHealth(server('b'), REFUSED, 0);
    expect(explained(pool)).toMatchObject({
      chosen: 'a',
      steps: [
        { name: 'drained', before: 2, after: 1, dropped: [{ id: 'b', reason: 'down: connect refused' }] },
      ],
    });
  });

  it('says in an explanation first what was set by hand', () => {
    const { pool, server } = aBoard(['a', 'b']);
    pool.setHealth(server('b'), DOWN, 0);
    pool.setHand(server('b'), { state: 'maint', reason: 'new disk' });
    expect(explained(pool).steps[0]?.dropped).toEqual([{ id: 'b', reason: 'maint: new disk' }]);
    expect(pool.stateOf(server('b'), 0)).toBe('maint');
    pool.setHand(server('b'), { state: 'ready', reason: '' });
    expect(pool.stateOf(server('b'), 0)).toBe('down');
    expect(ids(pool.eligible)).toBe('a');
  });

  it('uses those that take connections when all are down, and says that this is panic', () => {
    const { pool, server } = aBoard(['a', 'b', 'c']);
    for (const id of ['a', 'b']) pool.setHealth(server(id), DOWN, 0);
    pool.setHealth(server('c'), REFUSED, 0);
    expect(ids(pool.eligible)).toBe('a b');
    expect(explained(pool).steps[0]).toMatchObject({
      note: 'panic: checks have found all of them down, those that may be of use are used',
      dropped: [{ id: 'c', reason: 'down: connect refused' }],
    });
    expect(pool.stateOf(server('a'), 0)).toBe('down');
  });

  it('does not use in panic what was set aside', () => {
    const { pool, server } = aBoard(['a', 'b']);
    pool.setHand(server('a'), { state: 'drain', reason: '' });
    pool.setHealth(server('b'), DOWN, 0);
    expect(ids(pool.eligible)).toBe('b');
  });
});

describe('a server that checks have found up again', () => {
  const aRampedBoard = () => {
    const test = aBoard(['a', 'b', 'c']);
    const link = { name: 'slowStart', candidacy: slowStart, options: slowStart.options?.parse({}) };
    compileChain('web', [link], test.pool, 'undo');
    return test;
  };

  it('begins slowly', () => {
    const { pool, server } = aRampedBoard();
    pool.setHealth(server('b'), DOWN, 0);
    pool.setHealth(server('b'), UP, 1000);
    expect(pool.stateOf(server('b'), 1001)).toBe('slowstart');
    expect(pool.stateOf(server('b'), 32_000)).toBe('ready');
    expect(pool.stateOf(server('a'), 1001)).toBe('unknown');
  });

  it('does not if it was never down', () => {
    const { pool, server } = aRampedBoard();
    pool.setHealth(server('b'), UP, 1000);
    expect(pool.stateOf(server('b'), 1001)).toBe('ready');
  });

  it('is ejected no more, if that was for taking no connections', () => {
    const { pool, server, board } = aBoard(['a', 'b', 'c']);
    const link = { name: 'notEjected', candidacy: notEjected, options: notEjected.options?.parse({}) };
    compileChain('web', [link], pool, 'undo');
    const eject = (id: string, reason: 'connect_refused' | 'reset'): void => {
      for (let i = 0; i < 3; i++) board.begin(server(id), 0)(failed({ reason, unsent: true }), 0);
    };
    eject('a', 'connect_refused');
    eject('b', 'reset');
    for (const id of ['a', 'b']) {
      expect(pool.stateOf(server(id), 1)).toBe('ejected');
      pool.setHealth(server(id), REFUSED, 2);
      expect(pool.stateOf(server(id), 2)).toBe('down');
      pool.setHealth(server(id), UP, 3);
    }
    expect(pool.stateOf(server('a'), 4)).toBe('ready');
    expect(pool.stateOf(server('b'), 4)).toBe('ejected');
  });

  it('says while it is ejected what it is ejected for', () => {
    const { pool, server, board } = aBoard(['a', 'b', 'c', 'd']);
    const link = {
      name: 'notEjected',
      candidacy: notEjected,
      options: notEjected.options?.parse({ jitter: 0 }),
    };
    compileChain('web', [link], pool, 'undo');
    const fail = (id: string, reason: 'connect_refused' | 'reset', times: number, now: number): void => {
      for (let i = 0; i < times; i++) board.begin(server(id), now)(failed({ reason }), now);
    };
    fail('a', 'reset', 3, 0);
    fail('b', 'connect_refused', 3, 0);
    expect(pool.whyEjected(server('a'), 250)).toBe('3 bad answers in a row; ejected for 800ms more');
    expect(pool.whyEjected(server('b'), 250)).toBe('it takes no connections; ejected for 800ms more');
    expect(pool.whyEjected(server('c'), 250)).toBeUndefined();
    for (const id of ['a', 'c', 'd']) {
      const firstByte = id === 'c' ? 900 : 10;
      for (let i = 0; i < 25; i++) board.begin(server(id), 2000)(answered(200, firstByte), 2000);
    }
    board.begin(server('d'), 10_001)(answered(), 10_001);
    expect(pool.stateOf(server('c'), 10_002)).toBe('ejected');
    expect(pool.whyEjected(server('c'), 10_002)).toBe('first byte 900ms > 80ms; ejected for 1s more');
  });

  it('is no more what its last connection said', () => {
    const { pool, server, board } = aBoard(['a', 'b']);
    board.begin(server('a'), 0)(failed({ reason: 'connect_refused', unsent: true }), 0);
    expect(pool.stateOf(server('a'), 1)).toBe('down');
    pool.setHealth(server('a'), UP, 2);
    expect(pool.stateOf(server('a'), 3)).toBe('ready');
    board.begin(server('a'), 3)(answered(), 4);
    expect(pool.stateOf(server('a'), 5)).toBe('ready');
  });

  it('stays so in a copy of its board', () => {
    const { pool, server } = aBoard(['a', 'b']);
    pool.setHealth(server('a'), DOWN, 0);
    const copy = aBoard([]).pool;
    copy.restore(pool.save().pool);
    expect(ids(copy.eligible)).toBe('b');
    expect(copy.byId('a')?.health).toEqual(DOWN);
  });
});
