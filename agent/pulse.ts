import type { Millis } from '../src/core/types.ts';

/** Share of the interval by which each one is longer or shorter, so that many agents do not report in step. */
const JITTER = 0.2;
/** Least time between two reports, however much changes. */
const MIN_GAP: Millis = 50;

export interface PulseOptions {
  readonly interval: Millis;
  /** Keeps the process alive. */
  readonly ref: boolean;
  /** Measures and reports. The next interval starts when it has ended: two never run at a time. Must not reject. */
  readonly beat: () => Promise<void>;
  /** Reports a change, if there still is one. */
  readonly push: () => void;
}

/** Says when to report: at every interval, and at once when something changed. */
export class Pulse {
  readonly #options: PulseOptions;
  #next: NodeJS.Timeout | undefined;
  #push: NodeJS.Timeout | undefined;
  #lastAt = Number.NEGATIVE_INFINITY;
  #stopped = false;

  constructor(options: PulseOptions) {
    this.#options = options;
  }

  /** Beats at once, and from then on at every interval. */
  async start(): Promise<void> {
    this.#lastAt = performance.now();
    await this.#options.beat();
    if (this.#stopped) return;
    const length = this.#options.interval * (1 - JITTER + 2 * JITTER * Math.random());
    this.#next = this.#after(length, () => void this.start());
  }

  /** Something changed: pushes now, or as soon as the last report is 50 ms old. */
  poke(): void {
    if (this.#stopped || this.#push) return;
    const wait = this.#lastAt + MIN_GAP - performance.now();
    if (wait <= 0) this.#pushNow();
    else this.#push = this.#after(wait, () => this.#pushNow());
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#next);
    clearTimeout(this.#push);
  }

  #pushNow(): void {
    this.#push = undefined;
    this.#lastAt = performance.now();
    this.#options.push();
  }

  #after(millis: Millis, run: () => void): NodeJS.Timeout {
    const timer = setTimeout(run, millis);
    return this.#options.ref ? timer : timer.unref();
  }
}
