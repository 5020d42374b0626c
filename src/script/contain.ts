import {
  type Candidacy,
  defineCandidacy,
  type Explained,
  type ExplainedFunction,
} from '../core/candidacy.ts';
import { messageOf, type Place, ScriptError } from '../core/errors.ts';
import { correctedRequests } from '../core/estimate.ts';
import type { CandidacyFunction, Estimate } from '../core/types.ts';
import type { ScriptGuard } from './guard.ts';
import { functionFault } from './pick-export.ts';
import { placeIn, problemAt } from './place.ts';

export interface ContainParts {
  /** What the board keeps a memory under. Not the same for two versions: their memories may differ in shape. */
  readonly name: string;
  readonly guard: ScriptGuard;
  readonly files: readonly string[];
  /** Of the export, for faults that have no place of their own. */
  readonly place: Place;
}

const containEstimate =
  (estimate: Estimate, guard: ScriptGuard, otherwise: Estimate): Estimate =>
  (server, moment) =>
    guard.call(
      () => estimate(server, moment),
      () => otherwise(server, moment),
    );

/** Links behind this one call its estimates: a fault there is this function's, not theirs. */
const containEstimates = (run: ExplainedFunction, guard: ScriptGuard): ExplainedFunction => {
  const { estimate, predicted } = run;
  if (!estimate && !predicted) return run;
  const facts: Explained = {
    ...run,
    ...(estimate ? { estimate: containEstimate(estimate, guard, correctedRequests) } : {}),
    ...(predicted ? { predicted: containEstimate(predicted, guard, () => 0) } : {}),
  };
  const same: CandidacyFunction = (servers, moment) => run(servers, moment);
  return Object.assign(same, facts);
};

/** Runs what a chain needs before its first request. A fault there is one of the configuration, so it is thrown. */
const making = <T>(what: string, { guard, files, place }: ContainParts, work: () => T): T => {
  try {
    return guard.watched(work);
  } catch (cause) {
    const where = placeIn(cause, files) ?? place;
    throw new ScriptError([problemAt(`${what} failed: ${messageOf(cause)}`, where)], { cause });
  }
};

/**
 * A user's candidacy, safe to make: its `create` and `signal` throw a ScriptError when they throw, or when what they
 * make is no candidacy function, and its estimates are called inside its guard. The function itself and the hooks of
 * its signal are guarded by the chain.
 */
export const contain = (candidacy: Candidacy, parts: ContainParts): Candidacy => {
  const whole = defineCandidacy(candidacy);
  const { signal } = whole;
  return {
    ...whole,
    name: parts.name,
    create: (options, memory) => {
      const run = making('create', parts, () => candidacy.create(options, memory));
      const fault = functionFault(run);
      if (fault !== undefined)
        throw new ScriptError([problemAt(`what create returned ${fault}`, parts.place)]);
      return containEstimates(run, parts.guard);
    },
    ...(signal ? { signal: (options) => making('signal', parts, () => signal.call(whole, options)) } : {}),
  };
};
