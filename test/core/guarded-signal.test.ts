import { describe, expect, it } from 'vitest';
import type { Signal } from '../../src/core/candidacy.ts';
import { guardedSignal } from '../../src/core/guarded-signal.ts';
import { aGuard, answered } from './support.ts';

interface Memory {
  n: number;
}

const sound: Signal<Memory> = {
  init: () => ({ n: 1 }),
  onBegin: (memory) => {
    memory.n += 1;
  },
  onDone: ({ n }) => n > 1,
  onReport: (_, { restarted }) => restarted,
  state: ({ n }) => (n > 1 ? 'slowstart' : undefined),
};

const boom = (): never => {
  throw new Error('boom');
};

const railed = (signal: Signal<Memory>) => {
  const guard = aGuard();
  const faults: string[] = [];
  return { guard, faults, signal: guardedSignal(signal, guard, (message) => faults.push(message)) };
};

describe('guardedSignal', () => {
  it('passes every call on, inside the guard', () => {
    const { signal, guard, faults } = railed(sound);
    const memory = signal.init(undefined, { slot: 0, since: 0 });
    expect(signal.onDone?.(memory, answered(), 0)).toBe(false);
    signal.onBegin?.(memory, 0);
    expect(memory).toEqual({ n: 2 });
    expect(signal.onDone?.(memory, answered(), 0)).toBe(true);
    expect(signal.onReport?.(memory, { restarted: true, by: 'agent', stats: {} }, 0)).toBe(true);
    expect(signal.state?.(memory, 0)).toBe('slowstart');
    expect(guard.log.join(' ')).toBe(new Array(6).fill('enter leave').join(' '));
    expect(faults).toEqual([]);
  });

  it('lets nothing out that is thrown, and tells of it', () => {
    const { signal, guard, faults } = railed({
      init: boom,
      onBegin: boom,
      onDone: boom,
      onReport: boom,
      state: boom,
    });
    const memory = { n: 1 };
    expect(signal.init(undefined, { slot: 0, since: 0 })).toBeUndefined();
    signal.onBegin?.(memory, 0);
    expect(signal.onDone?.(memory, answered(), 0)).toBe(false);
    expect(signal.onReport?.(memory, { restarted: true, by: 'agent', stats: {} }, 0)).toBe(false);
    expect(signal.state?.(memory, 0)).toBeUndefined();
    expect(faults).toEqual(new Array(5).fill('boom'));
    expect(guard.log.filter((line) => line === 'leave')).toHaveLength(5);
    expect(guard.log.filter((line) => line === 'throw: boom')).toHaveLength(5);
  });

  it('asks nothing of a server whose memory could not be made', () => {
    const { signal, guard } = railed(sound);
    signal.onBegin?.(undefined, 0);
    expect(signal.onDone?.(undefined, answered(), 0)).toBe(false);
    expect(signal.onReport?.(undefined, { restarted: true, by: 'agent', stats: {} }, 0)).toBe(false);
    expect(signal.state?.(undefined, 0)).toBeUndefined();
    expect(guard.log).toEqual([]);
  });

  it('rests while the function is bypassed', () => {
    const { signal, guard } = railed(sound);
    const memory = { n: 1 };
    guard.bypassed = true;
    signal.onBegin?.(memory, 0);
    expect(memory).toEqual({ n: 1 });
    expect(guard.log).toEqual([]);
  });

  it('has what the signal has not', () => {
    const { signal } = railed({ init: () => ({ n: 0 }) });
    const memory = signal.init(undefined, { slot: 0, since: 0 });
    signal.onBegin?.(memory, 0);
    expect(signal.onDone?.(memory, answered(), 0)).toBe(false);
    expect(signal.state?.(memory, 0)).toBeUndefined();
  });
});
