import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Looks } from '../../../src/control/workers/looks.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const settled = async (promise: Promise<void>): Promise<boolean> => {
  let isSettled = false;
  void promise.then(() => {
    isSettled = true;
  });
  await vi.advanceTimersByTimeAsync(0);
  return isSettled;
};

describe('a look at what workers have counted', () => {
  it('ends when all have answered', async () => {
    const asked: number[] = [];
    const looks = new Looks((look) => {
      asked.push(look);
      return [1, 2];
    });
    const seen = looks.look();
    expect(looks.look()).toBe(seen);
    looks.answered(1, 1);
    expect(await settled(seen)).toBe(false);
    looks.answered(2, 1);
    expect(await settled(seen)).toBe(true);
    void looks.look();
    expect(asked).toEqual([1, 2]);
  });

  it('does not wait for a worker that is gone, nor take the answer to another look', async () => {
    const looks = new Looks(() => [1, 2]);
    const seen = looks.look();
    looks.answered(1, 0);
    looks.gone(2);
    expect(await settled(seen)).toBe(false);
    looks.gone(1);
    expect(await settled(seen)).toBe(true);
  });

  it('ends after 250 ms without an answer', async () => {
    const looks = new Looks(() => [1]);
    const seen = looks.look();
    await vi.advanceTimersByTimeAsync(249);
    expect(await settled(seen)).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await settled(seen)).toBe(true);
  });

  it('ends at once where there is no worker, again and again', async () => {
    const looks = new Looks(() => []);
    const first = looks.look();
    expect(await settled(first)).toBe(true);
    expect(looks.look()).not.toBe(first);
  });
});
