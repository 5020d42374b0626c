import { expect, it } from 'vitest';
import { Backoff } from '../../../src/control/process/backoff.ts';

it('waits twice as long each time, up to five seconds, and anew after one that lived', () => {
  const backoff = new Backoff();
  const waits = Array.from({ length: 8 }, () => backoff.next(0));
  expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
  expect(backoff.next(10_001)).toBe(100);
  expect(backoff.next(10_000)).toBe(200);
});
