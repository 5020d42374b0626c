import { describe, expect, it } from 'vitest';
import { liveEnd } from '../../src/cli/live-end.ts';

describe('the end of a live view', () => {
  it('is a signal, which is no longer heard afterwards', () => {
    const before = process.listeners('SIGINT');
    const end = liveEnd();
    const [added] = process.listeners('SIGINT').filter((listener) => !before.includes(listener));
    added?.('SIGINT');
    expect(end.signal.aborted).toBe(true);
    end.release();
    expect(process.listeners('SIGINT')).toEqual(before);
  });
});
