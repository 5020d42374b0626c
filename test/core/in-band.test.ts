import { describe, expect, it } from 'vitest';
import type { Signal } from '../../src/core/candidacy.ts';
import { correctedRequests } from '../../src/core/estimate.ts';
import type { ServerRecord } from '../../src/core/server-record.ts';
import { aBoard, aChain, aLink, answered, aReport, SOURCE } from './support.ts';

const requestsAt = (server: ServerRecord, proxies = 1): number =>
  correctedRequests(server, { now: 0, proxies });

describe('numbers that come with answers, on the board', () => {
  it('are the stats of a server without an agent, from that moment on', () => {
    const { board, server } = aBoard(['a', 'b']);
    expect(board.hearInBand(server('a'), { stats: { cpuIdle: 0.5 }, heardAt: 700, by: 'answer' })).toBe(true);
    expect(server('a')).toMatchObject({ stats: { cpuIdle: 0.5 }, heardAt: 700, node: undefined });
    expect(server('b').stats).toBeUndefined();
  });

  it('are passed over when newer ones are there, or the server has left', () => {
    const { board, server, configure } = aBoard(['a', 'b']);
    const a = server('a');
    board.hearInBand(a, { stats: { cpuIdle: 0.5 }, heardAt: 700, by: 'answer' });
    expect(board.hearInBand(a, { stats: { cpuIdle: 0.9 }, heardAt: 699, by: 'answer' })).toBe(false);
    expect(a.stats).toEqual({ cpuIdle: 0.5 });
    configure(['b']);
    expect(board.hearInBand(a, { stats: { cpuIdle: 0.1 }, heardAt: 800, by: 'answer' })).toBe(false);
  });

  it('are told to functions with a memory, and end answers that were kept for a silent server', () => {
    const { board, pool, server } = aBoard(['a']);
    const heard: number[] = [];
    const signal: Signal<number> = {
      init: () => 0,
      onReport: (_memory, _facts, now) => {
        heard.push(now);
        return false;
      },
    };
    aChain([aLink('listens', (servers) => servers, { signal: () => signal })], pool);
    const before = pool.version;
    board.hearInBand(server('a'), { stats: {}, heardAt: 500, by: 'answer' });
    board.hearInBand(server('a'), { stats: {}, heardAt: 600, by: 'answer' });
    expect(heard).toEqual([500, 600]);
    expect(pool.version).toBe(before + 1);
  });

  it('leave what is under way as it was when the count came, and no report moves that', () => {
    const { board, server } = aBoard(['a']);
    const a = server('a');
    for (let i = 0; i < 4; i++) board.begin(a, 0);
    board.hearInBand(a, { stats: { inFlight: 10 }, heardAt: 100, by: 'answer' });
    for (let i = 0; i < 3; i++) board.begin(a, 110);
    board.hear(aReport(['a'], { stats: { load1: 2 } }), SOURCE, 120);
    expect(a.stats).toEqual({ load1: 2, inFlight: 10 });
    expect(requestsAt(a)).toBe(13);
    board.hearInBand(a, { stats: { cpuIdle: 0.1 }, heardAt: 130, by: 'answer' });
    expect(requestsAt(a, 3)).toBe(21);
    expect(a.inFlightAtReport).toBe(7);
  });

  it('that say the same again are new all the same', () => {
    const { board, server } = aBoard(['a']);
    const stats = { inFlight: 2 };
    board.hearInBand(server('a'), { stats, heardAt: 100, by: 'answer' });
    board.begin(server('a'), 110);
    expect(requestsAt(server('a'))).toBe(3);
    board.hearInBand(server('a'), { stats, heardAt: 120, by: 'answer' });
    expect(requestsAt(server('a'))).toBe(2);
    expect(server('a')).toMatchObject({ heardAt: 120, inBandAt: 120 });
  });

  it('count the very request that they come with, as we do until it has ended', () => {
    const { board, server } = aBoard(['a']);
    const a = server('a');
    const done = [0, 1, 2].map(() => board.begin(a, 0));
    for (let left = 3; left > 0; left--) {
      board.hearInBand(a, { stats: { inFlight: left + 5 }, heardAt: 100 - left, by: 'answer' });
      expect(requestsAt(a)).toBe(left + 5);
      done[left - 1]?.(answered(), 100);
      expect(requestsAt(a)).toBe(left + 4);
    }
  });

  it('lapse after three seconds, so that a server that was passed over is tried again', () => {
    const { board, server } = aBoard(['a', 'b']);
    const a = server('a');
    board.hearInBand(a, { stats: { inFlight: 500 }, heardAt: 1000, by: 'answer' });
    board.lapse(3999);
    expect(requestsAt(a)).toBe(500);
    board.lapse(4000);
    expect(requestsAt(a)).toBe(0);
    expect(a).toMatchObject({ stats: undefined, heardAt: Number.NEGATIVE_INFINITY, inBandAt: 1000 });
  });

  it('leave what its agent says when they lapse', () => {
    const { board, server } = aBoard(['a']);
    const a = server('a');
    board.begin(a, 0);
    board.hear(aReport(['a'], { stats: { load1: 2, inFlight: 4, arriba: 800 } }), SOURCE, 100);
    board.begin(a, 150);
    board.hearInBand(a, { stats: { inFlight: 9, arriba: 100 }, heardAt: 200, by: 'answer' });
    expect(a).toMatchObject({ arriba: 100, heardAt: 200 });
    board.lapse(3200);
    expect(a).toMatchObject({ stats: { load1: 2, inFlight: 4 }, arriba: 800, heardAt: 100 });
    expect(requestsAt(a)).toBe(5);
  });

  it('are counted for their server when nobody understands them', () => {
    const { board, server, configure } = aBoard(['a', 'b']);
    const a = server('a');
    board.refuseInBand(a);
    board.refuseInBand(a, 3);
    configure(['b']);
    board.refuseInBand(a);
    expect(a.refused).toBe(4);
    expect(server('b').refused).toBe(0);
  });
});
