import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Deadlines } from '../../src/proxy/deadlines.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const someDeadlines = () => {
  const told: string[] = [];
  const faults: unknown[] = [];
  const deadlines = new Deadlines(
    () => performance.now(),
    (fault) => faults.push(fault),
  );
  const until = (name: string, wait: number) => {
    const one = {
      deadline: performance.now() + wait,
      overdue: () => {
        told.push(name);
        deadlines.delete(one);
      },
    };
    deadlines.add(one);
    return one;
  };
  return { deadlines, told, faults, until };
};

describe('Deadlines', () => {
  it('are told one after the other, each in its time, by one timer', () => {
    const { told, until } = someDeadlines();
    until('late', 50);
    until('soon', 10);
    until('sooner', 5);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(9);
    expect(told).toEqual(['sooner']);
    vi.advanceTimersByTime(1);
    expect(told).toEqual(['sooner', 'soon']);
    vi.advanceTimersByTime(100);
    expect(told).toEqual(['sooner', 'soon', 'late']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('may be put off, and taken back', () => {
    const { told, until, deadlines } = someDeadlines();
    until('put off', 5).deadline += 20;
    deadlines.delete(until('taken back', 5));
    vi.advanceTimersByTime(24);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(told).toEqual(['put off']);
  });

  it('leave the others alone when one fails', () => {
    const { told, faults, until } = someDeadlines();
    until('bad', 5).overdue = () => {
      throw new Error('bad');
    };
    until('good', 5);
    vi.advanceTimersByTime(5);
    expect([told, faults]).toEqual([['good'], [new Error('bad')]]);
  });

  it('are over when they are closed', () => {
    const { told, until, deadlines } = someDeadlines();
    until('never', 5);
    deadlines.close();
    vi.advanceTimersByTime(100);
    expect([told, deadlines.size, vi.getTimerCount()]).toEqual([[], 0, 0]);
  });
});
