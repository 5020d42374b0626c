import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Shares } from '../../../src/control/cells/shares.ts';
import { HealthWatch } from '../../../src/control/health/health-watch.ts';
import { serverViews } from '../../../src/control/views/server-views.ts';
import type { CheckPlace, CheckResult } from '../../../src/health/check-spec.ts';
import { readFrom } from '../../config/support.ts';
import { aBoard, aReport, failed, ids, SOURCE, urlOf } from '../../core/support.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const GOOD: CheckResult = { isGood: true, isRefused: false, text: '200 in 1 ms' };
const BAD: CheckResult = { isGood: false, isRefused: false, text: '503 instead of 200-399' };
const REFUSED: CheckResult = { isGood: false, isRefused: true, text: 'connect refused' };

const poolsWith = async (pool: object) =>
  (await readFrom({ value: { pools: { web: { servers: ['http://10.0.0.1:80'], ...pool } } } })).config.pools;

const aWatch = (says: (host: string) => CheckResult) => {
  const test = aBoard(['a', 'b'], { accept: ['10.0.0.0/8'] });
  const events: string[] = [];
  const asked: CheckPlace[] = [];
  let changes = 0;
  const watch = new HealthWatch({
    board: test.board,
    events: { add: (kind, message) => void events.push(`${kind}: ${message}`) },
    clock: { now: () => performance.now(), wallClock: () => Date.now() },
    random: () => 0.5,
    changed: () => {
      changes += 1;
    },
    ask: (place) => {
      asked.push(place);
      return { result: Promise.resolve(says(place.host)), cancel: () => undefined };
    },
  });
  const views = () =>
    serverViews(test.board, new Shares(), { now: performance.now(), epochOffset: 0 }).map(
      ({ id, state, reason }) => `${id} ${state}: ${reason}`,
    );
  return { ...test, watch, events, asked, views, changes: () => changes };
};

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('while somebody watches', () => {
  it('servers without requests are tried, and one that is gone is seen within a second', async () => {
    let answer = GOOD;
    const { watch, asked, events, views } = aWatch((host) => (host === '10.0.0.2' ? answer : GOOD));
    watch.follow(await poolsWith({}));
    await pass(5000);
    expect(asked).toEqual([]);
    const stop = watch.watched();
    await pass(2000);
    expect(asked.length).toBeGreaterThan(2);
    answer = REFUSED;
    await pass(1000);
    expect(views()[1]).toContain('b down: connect refused');
    expect(events.join()).toContain('server_down: b in pool');
    stop();
    answer = GOOD;
    await pass(10_000);
    const before = asked.length;
    await pass(5000);
    expect(asked.length).toBe(before);
    watch.close();
  });

  it('one with requests under way is left alone, and so is a pool that says `health: false`', async () => {
    const { watch, asked, board, pool } = aWatch(() => GOOD);
    watch.follow(await poolsWith({}));
    for (const server of pool.servers) board.begin(server, 0);
    const stop = watch.watched();
    await pass(3000);
    expect(asked).toEqual([]);
    watch.follow(await poolsWith({ health: false }));
    await pass(3000);
    expect(asked).toEqual([]);
    stop();
    watch.close();
  });
});

describe('the watch over servers that are checked', () => {
  it('takes those out whose checks fail, and says why everywhere', async () => {
    let answer = GOOD;
    const { watch, pool, events, views, changes } = aWatch((host) => (host === '10.0.0.2' ? answer : GOOD));
    watch.follow(await poolsWith({ health: { path: '/', jitter: 0 } }));
    await pass(10);
    expect(views()).toEqual(['a ready: null', 'b ready: null']);
    answer = BAD;
    const before = changes();
    await pass(6000);
    expect(ids(pool.eligible)).toBe('a');
    expect(changes()).toBe(before + 1);
    expect(views()[1]).toMatch(
      /^b down: 3 checks failed, the last: 503 instead of 200-399 \(checked \d+m?s ago\)$/,
    );
    answer = GOOD;
    await pass(2000);
    expect(views()[1]).toMatch(/ago: 200 in 1 ms, 1 good since\)$/);
    await pass(2000);
    expect(ids(pool.eligible)).toBe('a b');
    expect(events).toEqual([
      'server_down: b in pool web is down: 3 checks failed, the last: 503 instead of 200-399',
      'server_up: b in pool web is up again: 200 in 1 ms',
    ]);
    watch.close();
  });

  it('shows how the checks of each go', async () => {
    const { watch, board } = aWatch(() => BAD);
    watch.follow(await poolsWith({ health: { path: '/', jitter: 0 } }));
    const view = () =>
      serverViews(board, new Shares(), { now: performance.now(), epochOffset: 1e6 })[0]?.health;
    const start = performance.now() + 1e6;
    expect(view()).toEqual({
      kind: 'http',
      state: 'unknown',
      passes: 0,
      fails: 0,
      lastResult: null,
      lastAt: null,
      nextAt: Math.round(start),
      since: null,
    });
    await pass(2500);
    const at = view()?.lastAt ?? 0;
    expect(at - start).toBeGreaterThanOrEqual(1999);
    expect(view()).toEqual({
      kind: 'http',
      state: 'down',
      passes: 0,
      fails: 2,
      lastResult: '503 instead of 200-399',
      lastAt: at,
      nextAt: at + 2000,
      since: expect.any(Number),
    });
    watch.close();
  });

  it('checks a server that comes later within a quarter of a second', async () => {
    const { watch, board, asked } = aWatch(() => GOOD);
    watch.follow(await poolsWith({ health: {} }));
    await pass(10);
    board.hear(aReport([], { servers: [{ url: urlOf('c') }] }), SOURCE, performance.now());
    await pass(260);
    expect(asked.map(({ host }) => host)).toContain('10.0.0.3');
    watch.close();
  });

  it('keeps counts over a change of the list, and forgets all where checks are switched off', async () => {
    const { watch, pool, server, configure } = aWatch(() => BAD);
    const pools = await poolsWith({ health: { jitter: 0 } });
    watch.follow(pools);
    await pass(2500);
    configure(['a', 'b', 'c']);
    watch.follow(await poolsWith({ health: { jitter: 0 } }));
    await pass(2000);
    expect(server('a').checks?.fails).toBe(3);
    watch.follow(await poolsWith({ health: false }));
    expect(server('a')).toMatchObject({ health: undefined, checks: undefined });
    expect(ids(pool.eligible)).toBe('a b c');
    watch.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('uses those that are down when there are no others, for the checks may be wrong', async () => {
    const { watch, pool, views } = aWatch(() => BAD);
    watch.follow(await poolsWith({ health: { path: '/nowhere' } }));
    await pass(100);
    expect(ids(pool.eligible)).toBe('a b');
    expect(views()[0]).toMatch(/^a down: 1 check failed/);
    watch.close();
  });

  it('does not let a report or an agent that says up overrule it', async () => {
    const { watch, pool, board, server } = aWatch((host) => (host === '10.0.0.1' ? BAD : GOOD));
    watch.follow(await poolsWith({ health: { path: '/' } }));
    await pass(100);
    pool.setTold(server('a'), { state: 'ready', weight: 1, reason: '' });
    board.hear(aReport(['a']), SOURCE, performance.now());
    expect(pool.stateOf(server('a'), performance.now())).toBe('down');
    expect(ids(pool.eligible)).toBe('b');
    watch.close();
  });
});

describe('the watch over servers that are not checked', () => {
  it('asks nobody until something makes one suspect', async () => {
    const { watch, asked } = aWatch(() => GOOD);
    watch.follow(await poolsWith({}));
    await pass(60_000);
    expect(asked).toEqual([]);
    watch.close();
  });

  it('takes one out that refuses, until it does so no more', async () => {
    let answer = REFUSED;
    const { watch, pool, views, events } = aWatch(() => answer);
    watch.follow(await poolsWith({}));
    watch.hear({ pool: 'web', server: 'b', kind: 'gone' });
    await pass(5);
    expect(ids(pool.eligible)).toBe('a');
    expect(views()[1]).toBe('b down: connect refused (checked 0ms ago)');
    answer = GOOD;
    watch.hear({ pool: 'web', server: 'b', kind: 'back' });
    await pass(300);
    expect(ids(pool.eligible)).toBe('a b');
    expect(views()[1]).toBe('b ready: null');
    expect(events).toEqual([
      'server_down: b in pool web is down: connect refused',
      'server_up: b in pool web is up again: 200 in 1 ms',
    ]);
    watch.close();
  });

  it('does not touch them with `health: false`', async () => {
    const { watch, asked } = aWatch(() => REFUSED);
    watch.follow(await poolsWith({ health: false }));
    watch.hear({ pool: 'web', server: 'b', kind: 'gone' });
    await pass(1000);
    expect(asked).toEqual([]);
    watch.close();
  });

  it('passes over what it does not know', async () => {
    const { watch, asked } = aWatch(() => REFUSED);
    watch.follow(await poolsWith({}));
    watch.hearAll([
      { pool: 'web', server: 'z', kind: 'gone' },
      { pool: 'other', server: 'a', kind: 'back' },
    ]);
    watch.nodeLeft('nobody');
    await pass(1000);
    expect(asked).toEqual([]);
    watch.close();
  });

  it('tries the servers of an agent whose stream has ended', async () => {
    const { watch, board, asked } = aWatch(() => REFUSED);
    watch.follow(await poolsWith({}));
    board.hear(aReport(['b']), SOURCE, performance.now());
    watch.nodeLeft('n1');
    await pass(5);
    expect(asked.map(({ host }) => host)).toEqual(['10.0.0.2']);
    watch.close();
  });

  it('tries one that the last connection to failed, until a connection is taken', async () => {
    let answer = BAD;
    const { watch, board, server, asked, views } = aWatch(() => answer);
    watch.follow(await poolsWith({}));
    board.begin(server('a'), 0)(failed({ reason: 'connect_timeout', unsent: true }), 0);
    await pass(3500);
    expect(views()[0]).toBe('a down: the last connection to it failed');
    expect(asked.length).toBeGreaterThanOrEqual(3);
    answer = GOOD;
    await pass(1500);
    expect(views()[0]).toBe('a ready: null');
    const { length } = asked;
    await pass(10_000);
    expect(asked).toHaveLength(length);
    watch.close();
  });
});
