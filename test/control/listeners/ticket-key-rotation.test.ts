import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { TicketKeyRotation } from '../../../src/control/listeners/ticket-key-rotation.ts';

const HOUR_MS = 3_600_000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('makes 48 bytes at once, others every eight hours, and none once it is closed', () => {
  const keys: string[] = [];
  const rotation = new TicketKeyRotation((made) => void keys.push(made.toString('hex')));
  expect(keys).toHaveLength(1);
  expect(keys[0]).toHaveLength(96);
  vi.advanceTimersByTime(17 * HOUR_MS);
  expect(new Set(keys).size).toBe(3);
  rotation.close();
  vi.advanceTimersByTime(17 * HOUR_MS);
  expect(keys).toHaveLength(3);
});
