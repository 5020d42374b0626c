import { defineCandidacy } from '../src/core/candidacy.ts';
import { REFERENCE_ARRIBA } from '../src/core/capacity.ts';
import { pickWeighted } from '../src/core/making.ts';
import { z } from '../src/core/options.ts';
import type { Server } from '../src/core/types.ts';
import { CUSTOM_NUMBER, customNumber } from './parts/custom-number.ts';

const options = z.strictObject({
  by: z
    .string()
    .regex(
      new RegExp(`^(?:capacity|cpuIdle|memory|${CUSTOM_NUMBER})$`),
      'expected capacity, cpuIdle, memory or custom.<name>',
    )
    .default('capacity'),
});

type WeightOf = (server: Server) => number | undefined;

/** Arriba x cores. One of the two is enough: the other then counts as that of the reference machine, or as one core. */
const capacity: WeightOf = ({ arriba, stats }) =>
  arriba === undefined && stats?.cpus === undefined
    ? undefined
    : (arriba ?? REFERENCE_ARRIBA) * (stats?.cpus ?? 1);

const weightOf = (by: string): WeightOf => {
  if (by === 'cpuIdle') return ({ stats }) => stats?.cpuIdle;
  if (by === 'memory') return ({ stats }) => stats?.memoryAvailable;
  const own = customNumber(by);
  return own ? ({ stats }) => own(stats) : capacity;
};

const isKnown = (weight: number | undefined): weight is number =>
  weight !== undefined && Number.isFinite(weight);

/** Mean of the known weights, none below 0; 0 if none is known or none is above 0. */
const meanWeight = (servers: readonly Server[], weight: WeightOf): number => {
  let sum = 0;
  let known = 0;
  for (const server of servers) {
    const one = weight(server);
    if (!isKnown(one)) continue;
    sum += Math.max(0, one);
    known += 1;
  }
  return known === 0 ? 0 : sum / known;
};

/**
 * Draws the first server at random, with a chance in proportion to its weight; the others follow in the same manner.
 *
 * - Formula: chance = weight / sum of weights. `capacity` = arriba x cpus, `cpuIdle`, `memory` = memoryAvailable,
 *   `custom.<name>` = a number of the application's own; each times the weight that was set for the server, if any.
 * - Example: `- byWeightedRandom` or `- byWeightedRandom: cpuIdle`.
 * - Missing stats: a missing weight is the mean of the known, so it is neutral; if none is above 0 all are equal.
 * - Cost: O(n log n).
 * - Source: a wish in mod_backhand's TODO; Efraimidis and Spirakis, "Weighted random sampling with a reservoir" (2006).
 */
export const byWeightedRandom = defineCandidacy({
  name: 'byWeightedRandom',
  summary: 'draws at random, in proportion to capacity or another number',
  kind: 'order',
  options,
  shorthand: 'by',
  create: ({ by }) => {
    const weight = weightOf(by);
    return (servers, moment) => {
      const mean = meanWeight(servers, weight);
      const share = (server: Server): number => {
        const one = weight(server);
        return server.weight * (mean > 0 ? (isKnown(one) ? one : mean) : 1);
      };
      return pickWeighted(share)(servers, moment);
    };
  },
});
