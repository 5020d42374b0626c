import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Millis } from '../src/core/types.ts';

/** A timer of this length is watched. Each of its wake-ups costs an idle process 45 us, so 25 a second are 0.11 % of a core. */
const RESOLUTION: Millis = 40;
const NANOS = 1e6;

/** Watches how late the event loop of this process is. */
export interface EventLoopDelay {
  /** The 99th percentile since the last call, ms from 0: how much later than due a timer fires. */
  sample(): Millis;
  close(): void;
}

interface Histogram {
  readonly count: number;
  readonly mean: number;
  percentile(percentile: number): number;
  reset(): void;
  enable(): boolean;
  disable(): boolean;
}

/**
 * Begins to watch; it does not keep the process alive. `histogram`: times between two wake-ups in nanoseconds, so each
 * holds the timer's own 40 ms. It forgets the time that is under way when it is reset: a loop that stands still just
 * then, or for the whole interval, shows as time that no wake-up accounts for.
 */
export const createEventLoopDelay = (
  clock: () => Millis = () => performance.now(),
  histogram: Histogram = monitorEventLoopDelay({ resolution: RESOLUTION }),
): EventLoopDelay => {
  histogram.enable();
  let since = clock();
  return {
    sample: () => {
      const { count } = histogram;
      const seen = count > 0 ? histogram.percentile(99) / NANOS - RESOLUTION : 0;
      // Up to one length before the first wake-up, and up to one after the last, are as they should be.
      const accounted = count > 0 ? (count * histogram.mean) / NANOS : 0;
      const unseen = clock() - since - accounted - 2 * RESOLUTION;
      histogram.reset();
      since = clock();
      return Math.round(Math.max(0, seen, unseen) * 10) / 10;
    },
    close: () => {
      histogram.disable();
    },
  };
};
