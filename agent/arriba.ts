import { Worker } from 'node:worker_threads';
import type { Millis } from '../src/core/types.ts';
import { cacheFiles, keep, type Measured, readKept } from './arriba-cache.ts';
import { LOOPS } from './arriba-loops.ts';

/** Turns of the loops in a millisecond, geometric mean, to arriba: an AMD EPYC core of 2025 under Node 20 is 1000. */
const SCALE = 160.9;
/** The loops take 0.2 s alone on a core, and 0.7 s with three others on two cores. */
const BENCHMARK_TIMEOUT: Millis = 30_000;

type Rounds = readonly (readonly number[])[];

const speedOf = (times: readonly number[]): number =>
  SCALE * times.reduce((product, time) => product / time, 1) ** (1 / times.length);

/** The best turn of each loop counts: what disturbs can only make a turn longer, so the best is the steadiest. */
export const measuredFrom = (rounds: Rounds): Measured => {
  const speeds = rounds.map(speedOf);
  const fastest = Math.max(...speeds);
  const best = (rounds[0] ?? []).map((_, loop) =>
    Math.min(...rounds.map((round) => round[loop] ?? Infinity)),
  );
  return {
    arriba: Math.round(speedOf(best)),
    spread: Math.round((1 - Math.min(...speeds) / fastest) * 1e4) / 1e4,
  };
};

/** Runs the loops in a thread of its own, so that an application goes on serving. */
const measure = (ref: boolean): Promise<Measured> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(LOOPS, { eval: true, execArgv: [], env: {} });
    const end = (finish: () => void): void => {
      clearTimeout(timer);
      void worker.terminate();
      finish();
    };
    const late = new Error(`the benchmark took longer than ${BENCHMARK_TIMEOUT / 1000} s`);
    const timer = setTimeout(() => end(() => reject(late)), BENCHMARK_TIMEOUT);
    timer.unref();
    worker.once('message', ({ rounds }: { rounds: Rounds }) => end(() => resolve(measuredFrom(rounds))));
    worker.once('error', (error) => end(() => reject(error)));
    if (!ref) worker.unref();
  });

/** The nominal arriba of this machine: what one core does when nothing disturbs it. */
export interface Benchmark extends Measured {
  /** True if it was measured by an earlier run. */
  readonly cached: boolean;
}

/** What an earlier run measured; undefined if this machine has to be measured. */
export const keptBenchmark = (files: readonly string[] = cacheFiles()): Benchmark | undefined => {
  const kept = readKept(files);
  return kept && { ...kept, cached: true };
};

/**
 * Measures this machine in about a quarter of a second, or takes what an earlier run kept in `forehand/arriba.json`
 * under $XDG_CACHE_HOME, ~/.cache or the system's folder for temporary files. `force`: measures in any case. `ref`: the process stays alive until
 * the result is there.
 */
export const benchNode = async ({
  force = false,
  ref = true,
  files = cacheFiles(),
}: {
  readonly force?: boolean;
  readonly ref?: boolean;
  readonly files?: readonly string[];
} = {}): Promise<Benchmark> => {
  const kept = force ? undefined : keptBenchmark(files);
  if (kept) return kept;
  const measured = await measure(ref);
  keep(files, measured);
  return { ...measured, cached: false };
};
