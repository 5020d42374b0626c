import type { Millis } from '../../src/core/types.ts';

/** When something was that never was: before everything else. */
export const NEVER: Millis = Number.NEGATIVE_INFINITY;
