import { isAbove0 } from '../src/core/amounts.ts';
import { defineCandidacy } from '../src/core/candidacy.ts';
import { explained } from '../src/core/making.ts';
import { z } from '../src/core/options.ts';
import type { Moment, Server } from '../src/core/types.ts';
import { type Split, Tagged } from './parts/tagged.ts';

const options = z.strictObject({
  /** The zone of this proxy. */
  zone: z.string().min(1).max(128),
  /** What stands before the zone in the tags of servers. */
  prefix: z.string().max(64).default('zone:'),
  /** The zone is overloaded with more than so many times the requests per core of all. */
  spill: z.number().min(1).max(100).default(1.25),
  /** And with more requests per core than this: below it there is room, whatever others have. */
  calm: z.number().min(0).max(1000).default(0.5),
  /** Fewest servers of the zone that can do without the others. */
  least: z.int().min(1).max(4096).default(2),
});

/** Sums of a group of servers. */
interface Load {
  requests: number;
  cores: number;
  /** Somebody counts the requests at the group, and not this proxy alone. */
  isCounted: boolean;
}

/** What is no number enters no sum. */
const loadOf = (servers: readonly Server[], moment: Moment): Load => {
  const load: Load = { requests: 0, cores: 0, isCounted: false };
  for (const server of servers) {
    const requests = moment.requests(server);
    const cpus = server.stats?.cpus ?? 1;
    if (!Number.isFinite(requests) || !isAbove0(cpus)) continue;
    load.requests += requests;
    load.cores += cpus;
    load.isCounted ||= server.stats?.inFlight !== undefined;
  }
  return load;
};

/**
 * Keeps requests in the zone of this proxy as long as it copes with them: paths are short there, and traffic between
 * zones costs money. A preference: the other zones are tried after it.
 *
 * - Formula: keep the servers tagged `prefix + zone` if there are `least` of them, and their requests per core are at most
 *   `max(calm, spill x requests per core of all)`; else everybody stays.
 * - Example: `- byZone: eu-1` or `- byZone: { zone: a, prefix: "az=", spill: 1.5 }`.
 * - Missing stats: one core. Where nobody counts the requests of the other zones, as without agents, nobody can know that
 *   they have less to do, and the zone keeps its requests.
 * - Cost: O(n), some nanoseconds a server while the zone is calm.
 * - Source: Envoy's zone-aware routing, which goes by the number of servers (6 at least); here by load, so 2 are enough.
 */
export const byZone = defineCandidacy({
  name: 'byZone',
  summary: 'prefers the servers of its own zone while they are not overloaded',
  kind: 'cut',
  options,
  shorthand: 'zone',
  create: ({ zone, prefix, spill, calm, least }) => {
    const zones = new Tagged(prefix + zone);
    const isOverloaded = ({ tagged, others }: Split, moment: Moment): boolean => {
      const here = loadOf(tagged, moment);
      // Also where there is no core at all.
      if (!(here.requests > calm * here.cores)) return false;
      const elsewhere = loadOf(others, moment);
      if (!elsewhere.isCounted) return false;
      const mean = (here.requests + elsewhere.requests) / (here.cores + elsewhere.cores);
      return here.requests / here.cores > spill * mean;
    };
    return explained(
      (servers, moment) => {
        const split = zones.split(servers);
        if (split.tagged.length < least || split.others.length === 0) return servers;
        return isOverloaded(split, moment) ? servers : split.tagged;
      },
      { reason: () => `is not in zone ${zone}` },
    );
  },
});
