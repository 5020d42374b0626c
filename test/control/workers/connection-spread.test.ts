import { describe, expect, it } from 'vitest';
import { ConnectionSpread } from '../../../src/control/workers/connection-spread.ts';

const told = (...numbers: readonly number[]): Int32Array => Int32Array.from(numbers);

/** Accepts so many connections; how many stay, and how many go to whom. */
const accept = (
  spread: ConnectionSpread,
  count: number,
  before = 0,
): { own: number; to: Map<number, number> } => {
  const to = new Map<number, number>();
  let own = before;
  for (let i = 0; i < count; i++) {
    const other = spread.choose(own);
    if (other === undefined) own += 1;
    else to.set(other, (to.get(other) ?? 0) + 1);
  }
  return { own, to };
};

describe('the connections that a worker accepts', () => {
  it('stay as long as nobody else is known', () => {
    expect(accept(new ConnectionSpread(() => 0), 64)).toEqual({ own: 64, to: new Map() });
  });

  it('stay while there are no more of them here than elsewhere', () => {
    const spread = new ConnectionSpread(() => 0);
    spread.take(told(2, 32));
    expect(accept(spread, 34).own).toBe(34);
  });

  it('are shared when they come together to one of two, or of four', () => {
    const two = new ConnectionSpread(() => 0);
    two.take(told(2, 0));
    const { own } = accept(two, 64);
    expect(own).toBeGreaterThanOrEqual(32);
    expect(own).toBeLessThanOrEqual(35);
    const four = new ConnectionSpread(() => 0);
    four.take(told(2, 0, 3, 0, 4, 0));
    const { to } = accept(four, 64);
    for (const count of to.values()) expect(count).toBeGreaterThanOrEqual(14);
    expect(to.size).toBe(3);
  });

  it('go to a worker that is new until it has its part', () => {
    const spread = new ConnectionSpread(() => 0);
    spread.take(told(2, 500, 3, 0));
    expect(accept(spread, 300, 500).to).toEqual(new Map([[3, 300]]));
  });

  it('are counted as on their way until control can know of them', () => {
    const spread = new ConnectionSpread(() => 0);
    spread.take(told(2, 0));
    expect(accept(spread, 20).to.get(2)).toBeGreaterThan(7);
    // The answer to a pulse from before.
    spread.take(told(2, 0));
    expect(spread.choose(11)).toBeUndefined();
    spread.pulse();
    expect(spread.choose(11)).toBeUndefined();
    // The answer to that pulse knows of them.
    spread.take(told(2, 9));
    expect(spread.choose(11)).toBeUndefined();
    expect(spread.choose(14)).toBe(2);
  });

  it('stay when so many have been passed on that it does not pay, until time has passed', () => {
    let now = 0;
    const spread = new ConnectionSpread(() => now);
    spread.take(told(2, 0));
    expect(accept(spread, 5000, 10_000).to).toEqual(new Map([[2, 1024]]));
    now = 100;
    expect(accept(spread, 100, 10_000).to).toEqual(new Map([[2, 10]]));
  });

  it('stay while control does not answer', () => {
    let now = 0;
    const spread = new ConnectionSpread(() => now);
    spread.take(told(2, 0));
    now = 301;
    expect(spread.choose(100)).toBeUndefined();
  });
});
