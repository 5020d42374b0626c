import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Pulse } from '../../agent/pulse.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const aPulse = (facts: { interval?: number; ref?: boolean; beat?: () => Promise<void> } = {}) => {
  const beats: number[] = [];
  const pushes: number[] = [];
  const pulse = new Pulse({
    interval: facts.interval ?? 250,
    ref: facts.ref ?? true,
    beat: async () => {
      beats.push(performance.now());
      await facts.beat?.();
    },
    push: () => void pushes.push(performance.now()),
  });
  const startedAt = performance.now();
  return { pulse, beats, pushes, since: (times: number[]) => times.map((time) => time - startedAt) };
};

describe('Pulse', () => {
  it('beats at once and then at every interval, give or take a fifth', async () => {
    const { pulse, beats } = aPulse();
    await pulse.start();
    await vi.advanceTimersByTimeAsync(100_000);
    pulse.stop();
    const gaps = beats.slice(1).map((at, i) => at - (beats[i] ?? 0));
    expect(gaps.length).toBeGreaterThan(350);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(199);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(301);
    expect(new Set(gaps.map(Math.round)).size).toBeGreaterThan(20);
  });

  it('never beats while a beat is under way', async () => {
    let finish = (): void => undefined;
    const { pulse, beats } = aPulse({
      beat: () =>
        new Promise((resolve) => {
          finish = resolve;
        }),
    });
    const started = pulse.start();
    await vi.advanceTimersByTimeAsync(5000);
    expect(beats).toHaveLength(1);
    finish();
    await started;
    await vi.advanceTimersByTimeAsync(300);
    expect(beats).toHaveLength(2);
    pulse.stop();
  });

  it('pushes at once, but not before the last report is 50 ms old', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const { pulse, pushes, since } = aPulse({ interval: 10_000 });
    await pulse.start();
    await vi.advanceTimersByTimeAsync(1000);
    for (let i = 0; i < 100; i++) {
      pulse.poke();
      await vi.advanceTimersByTimeAsync(1);
    }
    await vi.advanceTimersByTimeAsync(1000);
    pulse.stop();
    expect(since(pushes)).toEqual([1000, 1050, 1100]);
  });

  it('counts a beat as a report too', async () => {
    const { pulse, pushes, since } = aPulse({ interval: 10_000 });
    await pulse.start();
    await vi.advanceTimersByTimeAsync(10);
    pulse.poke();
    await vi.advanceTimersByTimeAsync(1000);
    pulse.stop();
    expect(since(pushes)).toEqual([50]);
  });

  it('is silent once it was stopped, whatever was under way', async () => {
    const { pulse, beats, pushes } = aPulse();
    await pulse.start();
    pulse.poke();
    pulse.stop();
    pulse.poke();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(beats).toHaveLength(1);
    expect(pushes).toHaveLength(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not go on after a beat during which it was stopped', async () => {
    const { pulse } = aPulse({ beat: async () => pulse.stop() });
    await pulse.start();
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([true, false])('keeps the process alive if told to: %s', async (ref) => {
    const set = vi.spyOn(globalThis, 'setTimeout');
    const { pulse } = aPulse({ ref });
    await pulse.start();
    expect(set.mock.results.map(({ value }) => value.hasRef())).toEqual([ref]);
    pulse.stop();
  });
});
