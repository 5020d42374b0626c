import { defineCandidacy, type MemoryReader } from '../src/core/candidacy.ts';
import { explained } from '../src/core/making.ts';
import { duration, fraction, z } from '../src/core/options.ts';
import type { Moment, Server } from '../src/core/types.ts';
import { Places } from './parts/places.ts';
import { areMost, isFailing, isHeld, type Ramp, ramps, shareOf } from './parts/ramp.ts';

const options = z
  .strictObject({
    /** How long a server is ramped. */
    window: duration().prefault('30s'),
    /** 1 grows evenly; higher gives more at the beginning (Envoy's meaning). */
    aggression: z.number().positive().max(100).default(1),
    /** The share that it begins with; Envoy's 10 %. */
    floor: fraction().default(0.1),
    /** Failures in a row after which a good answer starts a ramp. */
    failures: z.int().min(1).default(3),
  })
  .refine(({ window }) => window > 0, { error: 'expected a window above 0', path: ['window'] });

type Options = z.output<typeof options>;

/** So many of the others are asked for what is usual. */
const ASKED = 16;

/** Requests in flight at one of those that are not ramped: the mean of some of them, spread over the list. */
const usualRequests = (
  servers: readonly Server[],
  moment: Moment,
  isHeldBack: (server: Server) => boolean,
): number => {
  const stride = Math.ceil(servers.length / ASKED);
  let sum = 0;
  let count = 0;
  for (let i = 0; i < servers.length; i += stride) {
    const server = servers[i];
    if (!server || isHeldBack(server)) continue;
    sum += moment.requests(server);
    count += 1;
  }
  return count === 0 ? 0 : sum / count;
};

const isSame = (a: readonly Server[], b: readonly Server[]): boolean =>
  a.length === b.length && a.every((server, i) => server === b[i]);

/** Leaves servers out of lists; the answer is the very same list for as long as the question is. */
class Without {
  #list: readonly Server[] = [];
  #full: readonly Server[] = [];
  #left: readonly Server[] = [];

  list(servers: readonly Server[], full: readonly Server[]): readonly Server[] {
    if (full.length === 0) return servers;
    if (servers === this.#list && isSame(full, this.#full)) return this.#left;
    const out = new Set(full);
    this.#list = servers;
    this.#full = full;
    this.#left = servers.filter((server) => !out.has(server));
    return this.#left;
  }
}

const isOnProbation = (ramp: Ramp, options: Options): boolean => ramp.onProbation || isFailing(ramp, options);

const allowed = (ramp: Ramp, usual: number, options: Options, now: number): number =>
  isOnProbation(ramp, options) ? 1 : Math.max(1, Math.floor(shareOf(ramp, options, now) * usual));

const inPercent = (share: number): string => `${Math.round(share * 100)} %`;

const slowly = (options: Options, rampOf: MemoryReader<Ramp>) => {
  const places = new Places();
  const without = new Without();
  let usual = 0;

  const heldAmong = (servers: readonly Server[], held: readonly Ramp[], now: number): Server[] => {
    const found: Server[] = [];
    for (const ramp of held) {
      const server = isHeld(ramp, options, now) ? places.find(servers, ramp.slot) : undefined;
      if (server && rampOf(server) === ramp) found.push(server);
    }
    return found;
  };

  const isFull = (server: Server, moment: Moment): boolean => {
    const ramp = rampOf(server);
    return ramp !== undefined && moment.requests(server) >= allowed(ramp, usual, options, moment.now);
  };

  const run = (servers: readonly Server[], moment: Moment): readonly Server[] => {
    const [first] = servers;
    const shared = first && rampOf(first)?.ramps;
    const { now } = moment;
    if (!shared || now >= shared.until) return servers;
    const held = heldAmong(servers, shared.held, now);
    if (held.length === 0 || areMost(held.length, servers.length)) return servers;
    usual = usualRequests(servers, moment, (server) => held.includes(server));
    return without.list(
      servers,
      held.filter((server) => isFull(server, moment)),
    );
  };

  const reason = (server: Server, moment: Moment): string => {
    const ramp = rampOf(server);
    if (!ramp) return 'starting';
    const may = allowed(ramp, usual, options, moment.now);
    const requests = moment.requests(server);
    const facts = `${requests} ${requests === 1 ? 'request' : 'requests'}, ${may} allowed`;
    if (isFailing(ramp, options)) return `failing: ${facts} before a good answer`;
    if (ramp.onProbation) return `starting: ${facts} before its first good answer`;
    return `starting: ${facts} at ${inPercent(shareOf(ramp, options, moment.now))}`;
  };

  return explained(run, { reason });
};

/**
 * Lets servers begin slowly: one that is new, whose agent has restarted, or that answers again after failures in a row,
 * is left out while it has its share of the requests that others have. Its share grows over `window`. One that has
 * failed and has not answered again gets one request at a time.
 *
 * - Formula: left out at `max(1, m x mean)` requests in flight as believed now, with
 *   `m = max(floor, (t / window)^(1 / aggression))`, t = time since it began and mean = the requests in flight of up to
 *   16 others; at one request until its first good answer, and from `failures` in a row until the next. If that is more
 *   than half of the list, nobody is left out.
 * - Example: `- slowStart` or `- slowStart: { window: 1m, aggression: 2 }`, after the filters.
 * - Missing stats: goes by this proxy's own requests. Servers that were there before the function do not begin.
 * - Cost: O(1) when nobody begins, else O(those that begin), and O(n) when another one is left out.
 * - Source: Envoy's slow start for the ramp; the probation of Netflix's Zuul for the first request.
 */
export const slowStart = defineCandidacy({
  name: 'slowStart',
  summary: 'lets servers that are new or back begin with few requests',
  kind: 'cut',
  options,
  shorthand: 'window',
  signal: ramps,
  create: slowly,
});
