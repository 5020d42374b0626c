import { defineCandidacy } from '../src/core/candidacy.ts';
import { explained, pickAtRandom } from '../src/core/making.ts';
import { z } from '../src/core/options.ts';
import type { Moment, Server } from '../src/core/types.ts';
import { type WeightOf, weighedBy, weightBy } from './parts/affinity-weight.ts';

const options = z.strictObject({
  /** Of its fair share a server may have so much: 1.25 is 25 % more than the mean. */
  factor: z.number().min(1).max(100).default(1.25),
  /** Behind a full first one come the others at random, and not the next in the list. */
  jump: z.boolean().default(false),
  by: weighedBy(),
});

/** Requests of a list of servers and the most that each of them may have. */
class Loads {
  readonly #factor: number;
  readonly #weightOf: WeightOf;
  #weights = 0;
  #allowed = 0;
  #requests = new Float64Array(64);

  constructor(factor: number, weightOf: WeightOf) {
    this.#factor = factor;
    this.#weightOf = weightOf;
  }

  /** Counts; what is no number counts in no sum. */
  count(servers: readonly Server[], moment: Moment): void {
    if (servers.length > this.#requests.length) this.#requests = new Float64Array(2 * servers.length);
    let [weights, total] = [0, 0];
    for (let i = 0; i < servers.length; i++) {
      const server = servers[i] as Server;
      const requests = moment.requests(server);
      this.#requests[i] = requests;
      weights += this.#weightOf(server);
      if (Number.isFinite(requests)) total += requests;
    }
    this.#weights = weights;
    this.#allowed = this.#factor * (total + 1);
  }

  capOf(server: Server): number {
    return Math.ceil((this.#allowed * this.#weightOf(server)) / this.#weights);
  }

  /** Those of the list counted last that have room, in its order. */
  withRoom(servers: readonly Server[]): readonly Server[] {
    return servers.filter((server, i) => (this.#requests[i] ?? Number.NaN) < this.capOf(server));
  }
}

/**
 * Puts servers that have more than their share behind the others, so that a key which half the world asks for does not
 * drown the server that it belongs to. Stands behind byRendezvous or byMaglev, whose order it keeps; with the count of
 * a pool of equal servers, most keys stay where they are.
 *
 * - Formula: has room if `requests < ceil(factor x (all requests + 1) x w / sum of w)`, over the list that it gets; w as
 *   in byRendezvous. Nobody is left out for good: those without room are tried last.
 * - Example: `- boundedLoad: 1.5`.
 * - Missing stats: requests as every estimate has them, so by this proxy's own count without agents. A server whose count
 *   is no number has no room. If none has, the list stays as it is.
 * - Cost: O(n).
 * - Source: Mirrokni, Thorup, Zadimoghaddam, "Consistent hashing with bounded loads" (arXiv 1608.01350); HAProxy's
 *   hash-balance-factor, 125 to 200 %. `jump`: Envoy's random jump (arXiv 1908.08762), for rings, where the next server is
 *   the same for all keys; byRendezvous and byMaglev have another next one for every key.
 */
export const boundedLoad = defineCandidacy({
  name: 'boundedLoad',
  summary: 'puts servers that have more than their share of requests behind the others',
  kind: 'cut',
  options,
  shorthand: 'factor',
  create: ({ factor, jump, by }) => {
    const loads = new Loads(factor, weightBy(by));
    return explained(
      (servers, moment) => {
        loads.count(servers, moment);
        const left = loads.withRoom(servers);
        if (left.length === 0) return servers;
        return jump && left[0] !== servers[0] ? pickAtRandom(left, left.length, moment.random) : left;
      },
      { reason: (server, moment) => `${moment.requests(server)} requests, at most ${loads.capOf(server)}` },
    );
  },
});
