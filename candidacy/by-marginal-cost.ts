import { defineCandidacy } from '../src/core/candidacy.ts';
import { orderBy } from '../src/core/making.ts';
import { z } from '../src/core/options.ts';
import type { Moment, Server } from '../src/core/types.ts';

const options = z.strictObject({
  /** 0.75 keeps noisy speeds from dominating; 1 is right where speeds are exact, 0 ignores them. */
  exponent: z.number().min(0).max(2).default(0.75),
});

/** Arriba of the reference machine. */
const REFERENCE = 1000;
/** Breaks ties between servers with free cores for the one with fewer requests, and weighs nothing beside the rest. */
const TIE_BREAK = 1e-6;

/**
 * Says how fast a server counts as, its weight included. A power costs more than all the rest, so it is taken once for
 * each speed that a server has had, and not for each decision.
 */
const speeds = (exponent: number): ((server: Server) => number) => {
  const arribas: number[] = [];
  const powers: number[] = [];
  return ({ slot, arriba = REFERENCE, weight }) => {
    if (arribas[slot] === arriba) return (powers[slot] ?? 1) * weight;
    const power = (arriba / REFERENCE) ** exponent;
    arribas[slot] = arriba;
    powers[slot] = power;
    return power * weight;
  };
};

const marginalCost = (server: Server, moment: Moment, speed: number): number => {
  const cpus = server.stats?.cpus ?? 1;
  const cores = Math.max(1, cpus);
  const requests = moment.requests(server);
  return Math.max(cores, 2 * requests + 2 - cores) / (cpus * speed) + TIE_BREAK * requests;
};

/**
 * Least marginal cost first: the delay that one more request would meet, plus the delay that it would cause to those
 * already there. The default order: it joins exact counts of requests with the live speed of each machine.
 *
 * - Formula: `max(K, 2r + 2 - K) / (K x e^exponent x w) + 1e-6 r` with r = requests in flight as believed now (see
 *   addPrediction), K = cpus, e = arriba / 1000, w = the server's weight, 1 unless it was set. Less than one core is one
 *   slow core: `(2r + 1) / (K x e^exponent x w)`.
 * - Example: `- byMarginalCost`.
 * - Missing stats: K = 1 and e = 1, so without agents it orders by requests in flight.
 * - Cost: O(n log n); O(n) and without any garbage as the last link.
 * - Source: the marginal cost of mod_backhand's byCost, on requests in flight and live arriba.
 */
export const byMarginalCost = defineCandidacy({
  name: 'byMarginalCost',
  summary: 'least added delay first, from requests in flight, cores and live speed',
  kind: 'order',
  options,
  shorthand: 'exponent',
  create: ({ exponent }) => {
    const speedOf = speeds(exponent);
    return orderBy((server, moment) => marginalCost(server, moment, speedOf(server)));
  },
});
