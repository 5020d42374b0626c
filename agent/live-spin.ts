import type { Millis } from '../src/core/types.ts';

/** A spin takes 0.07 to 0.14 ms: long against a clock of 1 us, and 0.1 % of a core where two are made four times a second. */
const LEAST: Millis = 0.07;
/** Turns of the loop at first; doubled until a spin is long enough. */
const FIRST_TURNS = 1000;
const MAX_TURNS = 16_000_000;
/** Spins for the calibration at one length: the compiler gets to work, and the best is steady. */
const TRIES = 5;
/** An answer is the better of two spins, since the other one may have been interrupted; of so many answers the middle one counts. */
const KEPT = 5;

let sink = 0;
const mixIntegers = (turns: number): void => {
  let mixed = sink | 1;
  for (let i = 0; i < turns; i++) mixed = (Math.imul(mixed ^ (mixed >>> 15), mixed | 1) + i) | 0;
  sink = mixed;
};

/**
 * How fast a core works now against the best it ever did, 0..1, by a loop of 0.1 ms: shows a clock that was lowered
 * and a core that is shared with another thread, where the system tells nothing. The first call calibrates, in some
 * milliseconds. `clock` in milliseconds; `work` does so many turns of the loop.
 */
export const createSpin = (
  clock: () => Millis,
  work: (turns: number) => void = mixIntegers,
): (() => number) => {
  let turns = FIRST_TURNS;
  let best = 0;
  const last: number[] = [];
  const spin = (): Millis => {
    const startedAt = clock();
    work(turns);
    return clock() - startedAt;
  };
  const calibrate = (): void => {
    for (;;) {
      best = Math.min(...Array.from({ length: TRIES }, spin));
      if (best >= LEAST || turns >= MAX_TURNS) return;
      turns *= 2;
    }
  };
  return () => {
    if (best === 0) calibrate();
    const took = Math.min(spin(), spin());
    if (took > 0) best = best > 0 ? Math.min(best, took) : took;
    last.push(took > 0 ? Math.min(1, best / took) : 1);
    if (last.length > KEPT) last.shift();
    return last.toSorted((a, b) => a - b)[last.length >> 1] ?? 1;
  };
};
