import type { Candidacy, Signal } from '../../core/candidacy.ts';
import type { PlannedLink } from './herding.ts';

/** A memory that is kept for a shadow chain alone gives servers no state: nobody acts on what it thinks. */
const withoutState = (signal: Signal<unknown>): Signal<unknown> => {
  const { state: _, ...rest } = signal;
  return rest;
};

const shadowCandidacy = (candidacy: Candidacy): Candidacy => {
  const { signal } = candidacy;
  if (!signal) return candidacy;
  return { ...candidacy, signal: (options) => withoutState(signal.call(candidacy, options)) };
};

/**
 * A link as it runs in a shadow chain: it decides the same, and nothing that goes wrong in it touches traffic. What a
 * user's function does there counts for nothing where the same function is in use.
 */
export const asShadow = ({ guard, ...link }: PlannedLink): PlannedLink => {
  const apart = guard?.apart?.() ?? guard;
  return { ...link, candidacy: shadowCandidacy(link.candidacy), ...(apart ? { guard: apart } : {}) };
};
