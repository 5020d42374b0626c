import { describe, expect, it } from 'vitest';
import { ReplayGuard } from '../../src/state/replay-guard.ts';

describe('ReplayGuard', () => {
  it('remembers a signature for a minute', () => {
    const guard = new ReplayGuard();
    guard.add('a', 0);
    guard.add('b', 60_000);
    expect([guard.has('a'), guard.has('b')]).toEqual([true, true]);
    guard.add('c', 60_001);
    expect([guard.has('a'), guard.has('b'), guard.has('c')]).toEqual([false, true, true]);
  });

  it('remembers at most 16,384 and forgets the oldest first', () => {
    const guard = new ReplayGuard();
    for (let i = 0; i <= 16_384; i++) guard.add(`mac${i}`, i / 1000);
    expect([guard.has('mac0'), guard.has('mac1'), guard.has('mac16384')]).toEqual([false, true, true]);
  });
});
