import { describe, expect, it } from 'vitest';
import { createEventLoopDelay } from '../../agent/event-loop-delay.ts';

/** A histogram of Node in which a test puts what it likes, in ms. */
const aHistogram = () => {
  let seen: number[] = [];
  return {
    enabled: false,
    record: (...millis: readonly number[]) => seen.push(...millis.map((each) => each * 1e6)),
    get count() {
      return seen.length;
    },
    get mean() {
      return seen.reduce((sum, each) => sum + each, 0) / seen.length;
    },
    percentile: () => Math.max(...seen),
    reset: () => {
      seen = [];
    },
    enable() {
      this.enabled = true;
      return true;
    },
    disable() {
      this.enabled = false;
      return true;
    },
  };
};

const watched = () => {
  const histogram = aHistogram();
  const clock = { now: 0 };
  const delay = createEventLoopDelay(() => clock.now, histogram);
  const sampleAt = (now: number): number => {
    clock.now = now;
    return delay.sample();
  };
  return { histogram, delay, sampleAt };
};

describe('event-loop delay', () => {
  it('is what the wake-ups are later than their 40 ms', () => {
    const { histogram, sampleAt } = watched();
    histogram.record(40.2, 40.1, 40.3, 40.2, 40.1);
    expect(sampleAt(250)).toBe(0.3);
    histogram.record(40.1, 95, 40.1);
    expect(sampleAt(500)).toBe(55);
  });

  it('begins anew with each sample', () => {
    const { histogram, sampleAt } = watched();
    histogram.record(140, 40, 40);
    expect(sampleAt(250)).toBe(100);
    histogram.record(40, 40, 40, 40, 40);
    expect(sampleAt(500)).toBe(0);
  });

  it.each([
    ['at the beginning of an interval, which Node forgets', [40, 40], 300, 140],
    ['for all of an interval', [], 1000, 920],
  ])('sees a loop that stands still %s', (_, wakeUps, length, delay) => {
    const { histogram, sampleAt } = watched();
    histogram.record(...wakeUps);
    expect(sampleAt(length)).toBe(delay);
  });

  it('is 0, not less, for samples that follow at once', () => {
    const { sampleAt } = watched();
    expect(sampleAt(10)).toBe(0);
    expect(sampleAt(10)).toBe(0);
  });

  it('watches until it is closed', () => {
    const { histogram, delay } = watched();
    expect(histogram.enabled).toBe(true);
    delay.close();
    expect(histogram.enabled).toBe(false);
  });

  it('knows the histogram of Node', () => {
    const delay = createEventLoopDelay();
    expect(delay.sample()).toBeGreaterThanOrEqual(0);
    delay.close();
  });
});
