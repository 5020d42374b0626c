import { describe, expect, it } from 'vitest';
import { Board } from '../../src/core/board.ts';
import type { Heard, MemoryPlace, Signal } from '../../src/core/candidacy.ts';

const spec = (id: string) => ({ id, url: new URL(`http://${id}:80`), tags: [] });

interface Kept {
  readonly place: MemoryPlace;
  readonly shared: { gone: number; heard: Heard[] };
}

const signal: Signal<Kept, Kept['shared']> = {
  shared: () => ({ gone: 0, heard: [] }),
  init: (shared, place) => ({ shared, place }),
  onReport: ({ shared }, heard) => {
    shared.heard.push(heard);
    return false;
  },
  onGone: ({ shared }) => {
    shared.gone += 1;
  },
};

const aPool = () => {
  const board = new Board();
  board.configure([{ name: 'web', servers: [spec('a')], accept: [] }], 100);
  const pool = board.pool('web')!;
  return { board, pool, read: pool.column('k', signal) };
};

describe('the memories of a pool', () => {
  it('share one value, which outlives new code and servers', () => {
    const { board, pool, read } = aPool();
    const before = read(pool.byId('a')!)?.shared;
    pool.column('k', { ...signal });
    board.configure([{ name: 'web', servers: [spec('a'), spec('b')], accept: [] }], 200);
    expect(read(pool.byId('b')!)?.shared).toBe(before);
  });

  it('know when their server came, if that was after them', () => {
    const { board, pool, read } = aPool();
    board.configure([{ name: 'web', servers: [spec('a'), spec('b')], accept: [] }], 200);
    expect(read(pool.byId('a')!)?.place).toEqual({ slot: 0, since: Number.NEGATIVE_INFINITY });
    expect(read(pool.byId('b')!)?.place).toEqual({ slot: 1, since: 200 });
  });

  it('are told what was heard, and by which way', () => {
    const { board, pool, read } = aPool();
    board.hearInBand(pool.byId('a')!, { stats: { inFlight: 2 }, heardAt: 5, by: 'probe' });
    const [heard] = read(pool.byId('a')!)!.shared.heard;
    expect(heard).toEqual({ restarted: false, by: 'probe', stats: { inFlight: 2 } });
  });

  it('are told when their server has left', () => {
    const { board, pool, read } = aPool();
    const { shared } = read(pool.byId('a')!)!;
    board.configure([{ name: 'web', servers: [spec('b')], accept: [] }], 200);
    expect(shared.gone).toBe(1);
  });
});
