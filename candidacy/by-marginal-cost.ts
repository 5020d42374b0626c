import { defineCandidacy } from '../src/core/candidacy.ts';
import { REFERENCE_ARRIBA } from '../src/core/capacity.ts';
import { isContradicted } from '../src/core/estimate.ts';
import { orderBy } from '../src/core/making.ts';
import { z } from '../src/core/options.ts';
import type { Moment, Server } from '../src/core/types.ts';
import { TIE_BREAK } from './parts/tie-break.ts';

const options = z.strictObject({
  /** 0.75 keeps noisy speeds from dominating; 1 is right where speeds are exact, 0 ignores them. */
  exponent: z.number().min(0).max(2).default(0.75),
  /**
   * What each request adds besides, in times of its work: cores that look free fill up before that is heard, and noisy
   * speeds must not decide among those. 0.3 was the best of 0, 0.05, 0.15 and 0.3 for the chain `full`, simulated.
   */
  crowding: z.number().min(0).max(2).default(0),
});

/** What was configured, or what the server says, unless its own numbers speak against it. */
const believedArriba = (server: Server): number => {
  const { arriba = REFERENCE_ARRIBA, stats } = server;
  return arriba === stats?.arriba && isContradicted(server) ? REFERENCE_ARRIBA : arriba;
};

/**
 * Says how fast a server counts as, its weight included. A power costs more than all the rest, so it is taken once for
 * each speed that a server has had, and not for each decision.
 */
const speeds = (exponent: number): ((server: Server) => number) => {
  const arribas: number[] = [];
  const powers: number[] = [];
  return (server) => {
    const { slot, weight } = server;
    const arriba = believedArriba(server);
    if (arribas[slot] === arriba) return (powers[slot] ?? 1) * weight;
    const power = (arriba / REFERENCE_ARRIBA) ** exponent;
    arribas[slot] = arriba;
    powers[slot] = power;
    return power * weight;
  };
};

/** At a server that counts fewer than we alone have there, the others are taken to have as many as we do. */
const believedRequests = (server: Server, moment: Moment): number => {
  const requests = moment.requests(server);
  return isContradicted(server) ? Math.max(requests, moment.proxies * server.inFlight) : requests;
};

interface Weighing {
  readonly speed: number;
  readonly crowding: number;
}

const marginalCost = (server: Server, moment: Moment, { speed, crowding }: Weighing): number => {
  const cpus = server.stats?.cpus ?? 1;
  const cores = Math.max(1, cpus);
  const requests = believedRequests(server, moment);
  const cost = Math.max(cores, 2 * requests + 2 - cores) + crowding * requests;
  return cost / (cpus * speed) + TIE_BREAK * requests;
};

/**
 * Least marginal cost first: the delay that one more request would meet, plus the delay that it would cause to those
 * already there. The default order: it joins exact counts of requests with the live speed of each machine.
 *
 * - Formula: `(max(K, 2r + 2 - K) + crowding x r) / (K x e^exponent x w) + 1e-6 r` with r = requests in flight as
 *   believed now (see addPrediction), K = cpus, e = arriba / 1000, w = the server's weight, 1 unless it was set. Less than
 *   one core is one slow core: `(2r + 1) / (K x e^exponent x w)`.
 * - Example: `- byMarginalCost` or `- byMarginalCost: { crowding: 0.3 }`.
 * - Missing stats: K = 1 and e = 1, so without agents it orders by requests in flight. A server that counts less than half
 *   of what this proxy alone had there at the report, and has now, is not believed: r is at least proxies x own, and e = 1
 *   unless it is configured.
 * - Cost: O(n log n); O(n) and without any garbage as the last link.
 * - Source: the marginal cost of mod_backhand's byCost, on requests in flight and live arriba.
 */
export const byMarginalCost = defineCandidacy({
  name: 'byMarginalCost',
  summary: 'least added delay first, from requests in flight, cores and live speed',
  kind: 'order',
  options,
  shorthand: 'exponent',
  create: ({ exponent, crowding }) => {
    const speedOf = speeds(exponent);
    return orderBy((server, moment) => marginalCost(server, moment, { speed: speedOf(server), crowding }));
  },
});
