import { setImmediate } from 'node:timers/promises';

/** Part of a scrape that is written in one go. */
export type Step = () => void;

/** Requests wait no longer than this for a scrape, unless a single step takes longer. */
const TURN_MS = 2;

/** Does the steps in their order, and lets what waits in the event loop go first now and then. */
export const inTurns = async (steps: readonly Step[]): Promise<void> => {
  let begun = performance.now();
  for (const step of steps) {
    step();
    if (performance.now() - begun < TURN_MS) continue;
    await setImmediate();
    begun = performance.now();
  }
};
