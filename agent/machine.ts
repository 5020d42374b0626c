import type { Millis, Stats } from '../src/core/types.ts';
import { benchNode, keptBenchmark } from './arriba.ts';
import type { AgentOptions } from './options.ts';
import type { Problems } from './problems.ts';
import { createSampler } from './sampler.ts';

/** Most time for the `sample` of an application. */
const SAMPLE_TIMEOUT: Millis = 2000;

const within = <Value>(limit: Millis, work: Promise<Value>): Promise<Value> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no sample within ${limit} ms`)), limit);
    timer.unref();
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
};

const speed = (arriba: number): Stats => ({ arriba, arribaNominal: arriba });

/** The numbers of the machine: measured here, or by the application's own `sample`. */
export class Machine {
  readonly #sample: () => Stats | Promise<Stats>;
  readonly #problems: Problems;
  #measured: Stats = {};
  #speed: Stats = {};

  constructor({ sample, arriba }: AgentOptions, problems: Problems) {
    this.#problems = problems;
    const sampler = sample ? undefined : createSampler();
    this.#sample = sample ?? (() => sampler?.(performance.now()) ?? {});
    if (arriba !== undefined) this.#speed = speed(arriba);
    else if (!sample) this.#learnSpeed();
  }

  /** As of the last look. */
  get stats(): Stats {
    return { ...this.#measured, ...this.#speed };
  }

  /** Measures. False if that failed; the problem is noted. */
  async look(): Promise<boolean> {
    try {
      const measured = this.#sample();
      this.#measured = measured instanceof Promise ? await within(SAMPLE_TIMEOUT, measured) : measured;
      this.#problems.end('sample');
      return true;
    } catch (thrown) {
      this.#problems.begin('sample', thrown);
      return false;
    }
  }

  /** At once if an earlier run measured this machine; else beside the first reports, which go out without it. */
  #learnSpeed(): void {
    const kept = keptBenchmark();
    if (kept) {
      this.#speed = speed(kept.arriba);
      return;
    }
    benchNode({ ref: false }).then(
      ({ arriba }) => {
        this.#speed = speed(arriba);
      },
      (thrown: unknown) => this.#problems.begin('benchmark', thrown),
    );
  }
}
