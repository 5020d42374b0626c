import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { watchStates } from '../../../src/control/feed/state-watch.ts';
import { Board } from '../../../src/core/board.ts';
import { SERVER_TIMEOUT } from '../../../src/core/pool.ts';
import type { ServerSpec } from '../../../src/core/server-spec.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const server = (id: string): ServerSpec => ({ id, url: new URL(`http://${id}:80`), tags: [] });

const aWatch = (...ids: readonly string[]) => {
  const board = new Board();
  const configure = (names: readonly string[]): void =>
    board.configure([{ name: 'web', servers: names.map(server), accept: [] }]);
  configure(ids);
  const changed = vi.fn();
  let now = 0;
  const stop = watchStates(board, () => now, changed);
  const wait = (ms: number): void => {
    now += ms;
    vi.advanceTimersByTime(ms);
  };
  return { board, configure, changed, stop, wait };
};

describe('a watch over states', () => {
  it('says nothing of what it found at first, nor while nothing changes', () => {
    const { changed, wait } = aWatch('a', 'b');
    wait(5000);
    expect(changed).not.toHaveBeenCalled();
  });

  it('tells within 100 ms of a state that was set, once', () => {
    const { board, changed, wait } = aWatch('a', 'b');
    board.setHand('web', 'a', { state: 'drain', reason: '' });
    wait(100);
    expect(changed).toHaveBeenCalledOnce();
    wait(5000);
    expect(changed).toHaveBeenCalledOnce();
  });

  it('tells of many changes at once', () => {
    const { board, changed, wait } = aWatch('a', 'b');
    for (const id of ['a', 'b']) board.setHand('web', id, { state: 'drain', reason: '' });
    wait(100);
    expect(changed).toHaveBeenCalledOnce();
  });

  it('tells of a connection that failed, and of one that works again', () => {
    const { board, changed, wait } = aWatch('a');
    const record = board.pool('web')?.byId('a');
    const end = (outcome: 'ok' | 'failed'): void => {
      const done = board.begin(record!, 0);
      if (outcome === 'ok') done({ kind: 'answered', status: 200, firstByte: 1, total: 1 }, 0);
      else done({ kind: 'failed', side: 'server', reason: 'connect_refused', unsent: true }, 0);
    };
    end('failed');
    wait(100);
    end('ok');
    wait(100);
    expect(changed).toHaveBeenCalledTimes(2);
  });

  it('tells of servers that come and go', () => {
    const { configure, changed, wait } = aWatch('a');
    configure(['a', 'b']);
    wait(100);
    configure(['b']);
    wait(100);
    configure(['c']);
    wait(100);
    expect(changed).toHaveBeenCalledTimes(3);
  });

  it('tells of a state that changes by the clock alone', () => {
    const { board, changed, wait } = aWatch('a');
    const said = { v: 1 as const, node: 'n', boot: 'b', seq: 1, stats: {} };
    const servers = [{ url: 'http://a:80', pool: 'web', tags: [], stats: {} }];
    expect(board.hear({ ...said, servers }, { address: '127.0.0.1', transport: 'http' }, 0)).toBeUndefined();
    wait(100);
    expect(changed).toHaveBeenCalledTimes(1);
    wait(SERVER_TIMEOUT + 100);
    expect(changed).toHaveBeenCalledTimes(2);
  });

  it('ends', () => {
    const { board, changed, stop, wait } = aWatch('a');
    stop();
    board.setHand('web', 'a', { state: 'drain', reason: '' });
    wait(5000);
    expect(changed).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});
