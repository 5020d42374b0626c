import { expect, it } from 'vitest';
import { Tally } from '../../src/script/tally.ts';

it('counts over the last one to two windows', () => {
  const tally = new Tally(10);
  for (let now = 0; now < 10; now++) tally.call(now);
  tally.fault(9);
  expect(tally.share).toBe(1 / 10);
  tally.call(10);
  expect(tally.share).toBe(1 / 11);
  tally.call(20);
  expect(tally.share).toBe(0);
});

it('forgets all after a long silence', () => {
  const tally = new Tally(10);
  tally.call(0);
  tally.fault(0);
  tally.call(20);
  expect(tally.share).toBe(0);
});

it('takes faults without calls for the worst', () => {
  const tally = new Tally(10);
  tally.fault(0);
  expect(tally.share).toBe(Number.POSITIVE_INFINITY);
});
