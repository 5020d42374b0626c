import { describe, expect, it } from 'vitest';
import { HerdWindows } from '../../../src/control/shadow/herd-windows.ts';

/** Live picks and shadow picks by slot, `every` so many milliseconds. */
const closedBy = (
  live: readonly number[],
  shadow: readonly number[],
  every = 10,
): readonly (readonly number[])[] => {
  const closed: (readonly number[])[] = [];
  const windows = new HerdWindows((a, b) => closed.push([a, b]));
  for (const [i, slot] of live.entries()) windows.picked(slot, shadow[i] ?? 0, i * every);
  return closed;
};

const spread = Array.from({ length: 11 }, (_, i) => i % 5);

describe('the windows of a herd', () => {
  it('close after 100 ms with the highest share of each chain', () => {
    expect(closedBy(spread, new Array(11).fill(3))).toEqual([[0.2, 1]]);
  });

  it('stay open while they are young', () => {
    expect(closedBy(spread, spread, 9)).toEqual([]);
  });

  it('stay open while they have hardly any decisions', () => {
    expect(closedBy([0, 1, 0, 1, 0, 1], [0, 1, 0, 1, 0, 1], 1000)).toEqual([]);
    expect(closedBy([0, 1, 0, 1, 0, 1, 0, 1, 0], [0, 1, 0, 1, 0, 1, 0, 1, 0], 1000)).toEqual([[0.5, 0.5]]);
  });

  it('begin empty', () => {
    const slots = [...new Array(10).fill(7), ...new Array(10).fill(500), 500];
    expect(closedBy(slots, slots)).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });
});
