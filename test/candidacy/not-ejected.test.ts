import { describe, expect, it } from 'vitest';
import { notEjected } from '../../candidacy/not-ejected.ts';
import type { Chain } from '../../src/core/chain.ts';
import type { FailureReason, Outcome } from '../../src/core/types.ts';
import { aMoment, aServer } from '../../src/testing/index.ts';
import { Bench, faultsIn, ids, made, readOptions } from './support.ts';

const answered = (status: number): Outcome => ({ kind: 'answered', status, firstByte: 1, total: 2 });
const failed = (reason: FailureReason, side: 'client' | 'server' | 'proxy' = 'server'): Outcome => ({
  kind: 'failed',
  side,
  reason,
  unsent: false,
});
const refused = failed('connect_refused');

const aBench = (options: object = {}) => {
  const bench = new Bench([{ id: 'a' }, { id: 'b' }]);
  const chain = bench.chain([[notEjected, { jitter: 0, ...options }]], 'refuse');
  const end = (...outcomes: readonly Outcome[]) => {
    for (const outcome of outcomes) bench.board.begin(bench.server('a'), bench.now)(outcome, bench.now);
  };
  return { bench, chain, end };
};
const isIn = (bench: Bench, chain: Chain) => ids(bench.decide(chain).ranked).includes('a');
const repeat = (outcome: Outcome, times: number) => Array.from({ length: times }, () => outcome);

describe('notEjected', () => {
  it.each<[string, readonly Outcome[], boolean]>([
    ['two refused connections', repeat(refused, 2), true],
    ['three refused connections', repeat(refused, 3), false],
    ['three timeouts before the head', repeat(failed('header_timeout'), 3), false],
    ['three resets', repeat(failed('reset'), 3), false],
    ['502, 503 and 504', [answered(502), answered(503), answered(504)], false],
    ['a refused connection, a 503 and a reset', [refused, answered(503), failed('reset')], false],
    ['four times 500', repeat(answered(500), 4), true],
    ['five times 500', repeat(answered(500), 5), false],
    [
      'failures and other errors, five in all',
      [refused, answered(500), refused, answered(500), refused],
      false,
    ],
    ['one connection that was not taken in time', [failed('connect_timeout')], false],
    ['two failures, a 500 and one failure', [refused, refused, answered(500), refused], true],
    ['a good answer in between', [refused, refused, answered(200), refused, refused], true],
    ['a 404 in between', [refused, refused, answered(404), refused, refused], true],
    ['clients that went away', repeat(failed('client_abort', 'client'), 9), true],
    [
      'clients that went away between failures',
      [refused, failed('client_abort', 'client'), refused, refused],
      false,
    ],
    ['this proxy giving up', repeat(failed('no_server', 'proxy'), 9), true],
  ])('after %s: still in? %s', (_, outcomes, expected) => {
    const { bench, chain, end } = aBench();
    end(...outcomes);
    expect(isIn(bench, chain)).toBe(expected);
  });

  it('takes a server out at once, not when the kept answer has grown old', () => {
    const { bench, chain, end } = aBench();
    expect(isIn(bench, chain)).toBe(true);
    end(...repeat(refused, 3));
    expect(isIn(bench, chain)).toBe(false);
  });

  it('lets a server in again after 1 s, and takes it out for twice as long at each relapse, up to 30 s', () => {
    const { bench, chain, end } = aBench();
    end(...repeat(refused, 3));
    for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
      bench.now += seconds * 1000 - 1;
      expect(isIn(bench, chain)).toBe(false);
      bench.now += 21;
      expect(isIn(bench, chain)).toBe(true);
      end(refused);
      expect(isIn(bench, chain)).toBe(false);
    }
  });

  it('takes one 500 after an ejection for a relapse', () => {
    const { bench, chain, end } = aBench();
    end(...repeat(answered(500), 5));
    bench.now += 1000;
    end(answered(500));
    expect(isIn(bench, chain)).toBe(false);
  });

  it('does not lengthen an ejection for requests from before that fail during it', () => {
    const { bench, chain, end } = aBench();
    end(...repeat(refused, 20));
    bench.now += 1000;
    expect(isIn(bench, chain)).toBe(true);
  });

  it('forgets everything at one good answer', () => {
    const { bench, chain, end } = aBench();
    end(...repeat(refused, 3), answered(200));
    expect(isIn(bench, chain)).toBe(true);
    end(refused, refused);
    expect(isIn(bench, chain)).toBe(true);
    end(refused);
    bench.now += 1000;
    expect(isIn(bench, chain)).toBe(true);
  });

  it('forgets everything when the agent starts anew, and not at an ordinary report', () => {
    const { bench, chain, end } = aBench();
    bench.report('a', {});
    end(...repeat(refused, 3));
    bench.report('a', {});
    expect(isIn(bench, chain)).toBe(false);
    bench.report('a', {}, 'boot-2');
    expect(isIn(bench, chain)).toBe(true);
  });

  it('shows the state and says why', () => {
    const { bench, chain, end } = aBench();
    end(...repeat(refused, 3));
    bench.now += 350;
    expect(bench.pool.stateOf(bench.server('a'), bench.now)).toBe('ejected');
    expect(bench.explain(chain)[0]?.dropped).toEqual([{ id: 'a', reason: 'ejected for 700ms more' }]);
    bench.now += 650;
    expect(bench.pool.stateOf(bench.server('a'), bench.now)).not.toBe('ejected');
  });

  it('keeps its memory when the chain is made anew, and shares it between chains with the same options', () => {
    const { bench, end } = aBench();
    end(...repeat(refused, 3));
    expect(isIn(bench, bench.chain([[notEjected, { jitter: 0 }]], 'refuse'))).toBe(false);
  });

  it('with `whenEmpty: undo` uses all servers when all are ejected', () => {
    const { bench, end } = aBench();
    const chain = bench.chain([[notEjected, { jitter: 0 }]], 'undo');
    end(...repeat(refused, 3));
    for (const outcome of repeat(refused, 3))
      bench.board.begin(bench.server('b'), bench.now)(outcome, bench.now);
    expect(ids(bench.decide(chain).ranked)).toEqual(['a', 'b']);
  });

  it('keeps a server of which no board remembers anything', () => {
    expect(made(notEjected)([aServer()], aMoment())).toHaveLength(1);
  });
});

describe('the end of an ejection', () => {
  /** When the server is let in again that failed at this time, on the board of another proxy. */
  const backAfter = (startedAt: number, options: object = {}) => {
    const bench = new Bench([{ id: 'a' }, { id: 'b' }]);
    bench.now = startedAt;
    bench.chain([[notEjected, options]], 'refuse');
    for (let i = 0; i < 3; i++) bench.board.begin(bench.server('a'), bench.now)(failed('reset'), bench.now);
    const isOut = () => bench.pool.stateOf(bench.server('a'), bench.now) === 'ejected';
    while (isOut() && bench.now - startedAt < 5000) bench.now += 1;
    return bench.now - startedAt;
  };

  it('differs between proxies, so that they do not all let a server in at the same instant', () => {
    const ends = Array.from({ length: 50 }, (_, i) => backAfter(1000 + i * 17.3));
    expect(new Set(ends).size).toBeGreaterThan(25);
    expect(Math.min(...ends)).toBeGreaterThanOrEqual(1000);
    expect(Math.max(...ends)).toBeLessThanOrEqual(1100);
  });

  it('is the same for the same past', () => {
    expect(backAfter(5000)).toBe(backAfter(5000));
    expect(backAfter(5000, { jitter: 0 })).toBe(1000);
  });

  it('comes at once when the clock is set back, and not hours later', () => {
    const bench = new Bench([{ id: 'a' }]);
    bench.chain([notEjected], 'refuse');
    for (let i = 0; i < 3; i++) bench.board.begin(bench.server('a'), bench.now)(failed('reset'), bench.now);
    const state = () => bench.pool.stateOf(bench.server('a'), bench.now);
    expect(state()).toBe('ejected');
    bench.now -= 36_000;
    expect(state()).not.toBe('ejected');
  });
});

describe('the options of notEjected', () => {
  it('are 3 failures, 5 errors, 1 s and 30 s, and those of Envoy, unless said otherwise', () => {
    expect(readOptions(notEjected)).toEqual({
      failures: 3,
      errors: 5,
      base: 1000,
      max: 30_000,
      jitter: 0.1,
      interval: 10_000,
      successRate: 1.9,
      failureShare: 'off',
      latency: { factor: 3, slack: 50 },
      most: 0.5,
      panic: 0.5,
    });
  });

  it('set the counts and times', () => {
    const { bench, chain, end } = aBench({ failures: 1, base: '100ms', max: '150ms' });
    end(refused);
    expect(isIn(bench, chain)).toBe(false);
    bench.now += 100;
    expect(isIn(bench, chain)).toBe(true);
    end(refused);
    bench.now += 149;
    expect(isIn(bench, chain)).toBe(false);
    bench.now += 1;
    end(refused);
    bench.now += 151;
    expect(isIn(bench, chain)).toBe(true);
  });

  it.each([
    { failures: 0 },
    { errors: 2.5 },
    { base: '2m', max: '1m' },
    { base: '0s' },
    { base: 1 },
    { interval: '0s' },
    { latency: 'on' },
    { latency: { factor: 0.5 } },
    { most: 2 },
    { successRate: 0 },
  ])('refuse %j', (options) => {
    expect(faultsIn(notEjected, options)).not.toEqual([]);
  });
});
