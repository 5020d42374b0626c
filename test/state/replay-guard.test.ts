import { describe, expect, it } from 'vitest';
import { ReplayGuard } from '../../src/state/replay-guard.ts';

describe('ReplayGuard', () => {
  it('remembers a signature for at least a minute, and for two at the longest', () => {
    const guard = new ReplayGuard();
    guard.add('a', 0);
    guard.add('b', 60_000);
    expect([guard.has('a'), guard.has('b')]).toEqual([true, true]);
    guard.add('c', 60_001);
    guard.add('d', 120_000);
    expect([guard.has('b'), guard.has('c'), guard.has('d')]).toEqual([true, true, true]);
    guard.add('e', 120_002);
    expect([guard.has('a'), guard.has('b'), guard.has('c'), guard.has('e')]).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  it('forgets all after a long silence', () => {
    const guard = new ReplayGuard();
    guard.add('a', 0);
    guard.add('b', 1_000_000);
    expect([guard.has('a'), guard.has('b')]).toEqual([false, true]);
  });

  it('remembers the last 16,384 at least, and twice as many at the most', () => {
    const guard = new ReplayGuard();
    for (let i = 0; i <= 40_000; i++) guard.add(`mac${i}`, i / 1000);
    const remembered = Array.from({ length: 40_001 }, (_, i) => guard.has(`mac${i}`));
    expect(remembered.slice(-16_384)).not.toContain(false);
    expect(remembered.filter(Boolean).length).toBeLessThanOrEqual(2 * 16_384);
  });
});
