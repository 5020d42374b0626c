/** The clocks of a running process. Below the wiring every clock is handed in, and this is what is handed in. */
export interface RunClock {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Epoch milliseconds. */
  readonly wallClock: () => number;
  /** Add to monotonic milliseconds for a date. */
  readonly epochOffset: () => number;
}

export const processClock: RunClock = {
  now: () => performance.now(),
  wallClock: () => Date.now(),
  epochOffset: () => Date.now() - performance.now(),
};
