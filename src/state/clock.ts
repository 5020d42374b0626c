import type { Millis } from '../core/types.ts';

/** The two clocks of a driver. Handed in, so that tests can turn them. */
export interface Clock {
  /** Monotonic: for ages and rates on this machine. */
  now(): Millis;
  /** Milliseconds since 1970: for the one thing that two machines must agree on, the time of a signature. */
  epoch(): number;
}

export const systemClock: Clock = { now: () => performance.now(), epoch: () => Date.now() };
