import type { Signal } from '../../src/core/candidacy.ts';
import type { Millis } from '../../src/core/types.ts';
import { NEVER } from './never.ts';

/** How long it takes until a cost that was heard counts for a third (1/e): what a route's requests cost changes slowly. */
const DECAY: Millis = 60_000;
/** So many usual requests stand against those that were heard, so that one of them alone does not decide. */
const PRIOR = 1;
/** A single request counts for as many at most: servers may say what they like. */
const MOST = 1000;

/** What the memories of a pool share: a sum and a count of costs, both fading. */
export interface RequestCosts {
  /** In requests of the usual cost. */
  sum: number;
  count: number;
  at: Millis;
}

export interface CostMemory {
  readonly costs: RequestCosts;
}

const fade = (costs: RequestCosts, now: Millis): number => Math.exp(-Math.max(0, now - costs.at) / DECAY);

const add = (costs: RequestCosts, cost: number, now: Millis): void => {
  const left = costs.count === 0 ? 0 : fade(costs, now);
  costs.sum = costs.sum * left + cost;
  costs.count = costs.count * left + 1;
  costs.at = Math.max(costs.at, now);
};

/**
 * Remembers what requests cost, as answers say it (ORCA, `request_cost.<name>`): a moving mean over the servers of a
 * pool, in which a cost fades within minutes. Reports of agents and answers to probes say nothing of a request.
 * @param usual what counts as one request, in the unit of that metric.
 */
export const requestCosts = (name: string, usual: number): Signal<CostMemory, RequestCosts> => ({
  shared: () => ({ sum: 0, count: 0, at: NEVER }),
  init: (costs) => ({ costs }),
  onReport: ({ costs }, { by, stats }, now) => {
    const cost = by === 'answer' ? stats.custom?.[`request_cost.${name}`] : undefined;
    if (cost !== undefined && cost >= 0) add(costs, Math.min(MOST, cost / usual), now);
    return false;
  },
});

/** For how many usual requests one of this pool counts now; 1 before anything was heard, and again long after. */
export const meanCost = ({ costs }: CostMemory, now: Millis): number => {
  const left = costs.count === 0 ? 0 : fade(costs, now);
  return (costs.sum * left + PRIOR) / (costs.count * left + PRIOR);
};
