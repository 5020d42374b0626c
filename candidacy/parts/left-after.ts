import type { Millis } from '../../src/core/types.ts';

/** The weight that is left of what was known so long ago: `e^(-t / tau)`. A clock that was set back is no reason to keep anything. */
export const leftAfter = (elapsed: Millis, tau: Millis): number => Math.exp(-Math.abs(elapsed) / tau);
