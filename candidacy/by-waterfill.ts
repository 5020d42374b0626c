import { isAmount } from '../src/core/amounts.ts';
import { defineCandidacy, type Signal } from '../src/core/candidacy.ts';
import { capacityOf } from '../src/core/capacity.ts';
import { duration, z } from '../src/core/options.ts';
import type { Millis, Moment, Server } from '../src/core/types.ts';
import { BySlot } from './parts/by-slot.ts';
import { leftAfter } from './parts/left-after.ts';
import { NEVER } from './parts/never.ts';
import { type ListScore, orderByList } from './parts/order-by-list.ts';
import { Vessels } from './parts/vessels.ts';

const options = z
  .strictObject({
    /** The arrivals of about this time make the rate. */
    window: duration().prefault('1s'),
  })
  .refine(({ window }) => window > 0, { error: 'expected a window above 0', path: ['window'] });

type Options = z.output<typeof options>;

/** What is shared: a moving count of the requests of this proxy. */
interface Arrivals {
  /** Each counts e^(-age / window). */
  count: number;
  at: Millis;
}

/** A server's memory is what all share. */
interface Arriving {
  readonly arrivals: Arrivals;
}

const countAt = ({ count, at }: Arrivals, now: Millis, window: Millis): number =>
  count * leftAfter(now - at, window);

const arriving = ({ window }: Options): Signal<Arriving, Arrivals> => ({
  shared: () => ({ count: 0, at: NEVER }),
  init: (arrivals) => ({ arrivals }),
  onBegin: ({ arrivals }, now) => {
    arrivals.count = countAt(arrivals, now, window) + 1;
    arrivals.at = now;
  },
});

/** Behind all that may be drawn, the emptiest first. */
const NOT_DRAWN = 2 ** 40;

/** Into a server with an absurd number nothing flows. */
const sizeOf = (server: Server): number => capacityOf(server) || 0;

/** The mean age of the counts that were reported. */
const meanAge = (servers: readonly Server[], now: Millis): Millis => {
  let sum = 0;
  let count = 0;
  for (const { stats, heardAt } of servers) {
    const age = now - heardAt;
    if (stats?.inFlight === undefined || !isAmount(age)) continue;
    sum += age;
    count += 1;
  }
  return count === 0 ? 0 : sum / count;
};

/** Draws for one list after the other. It makes no garbage. */
class Waterfill implements ListScore {
  readonly #window: Millis;
  readonly #arrivalsOf: (server: Server) => Arrivals | undefined;
  readonly #vessels = new Vessels();
  readonly #scores = new BySlot();

  constructor({ window }: Options, arrivalsOf: (server: Server) => Arrivals | undefined) {
    this.#window = window;
    this.#arrivalsOf = arrivalsOf;
  }

  prepare(servers: readonly Server[], moment: Moment): void {
    const vessels = this.#vessels;
    this.#scores.clear(servers);
    vessels.clear(servers.length);
    for (let i = 0; i < servers.length; i++) {
      const server = servers[i] as Server;
      vessels.add(sizeOf(server), server.stats?.inFlight);
    }
    vessels.fillUnknown();
    const added = this.#expected(servers, moment);
    this.#draw(servers, vessels.levelWith(added), added * moment.random(), moment.random);
  }

  score(server: Server): number {
    return this.#scores.get(server);
  }

  /** Requests that have come to all proxies since the reports, this one included. */
  #expected(servers: readonly Server[], { now, proxies }: Moment): number {
    const [first] = servers;
    const arrivals = first && this.#arrivalsOf(first);
    if (!arrivals) return 1;
    const rate = countAt(arrivals, now, this.#window) / this.#window;
    return Math.max(1, proxies * rate * meanAge(servers, now));
  }

  /** The one into which the water flows at which the draw has stopped. The others follow, the sooner the more flows. */
  #draw(servers: readonly Server[], level: number, drawn: number, random: () => number): void {
    let left = drawn;
    for (let i = 0; i < servers.length; i++) {
      const inflow = this.#vessels.inflow(i, level);
      const isDrawn = left >= 0 && left < inflow;
      left -= inflow;
      const other = inflow > 0 ? random() / inflow : NOT_DRAWN + this.#vessels.level(i);
      this.#scores.set(servers[i] as Server, isDrawn ? -1 : other);
    }
  }
}

/**
 * Draws at random, so that the requests that came since the reports, all proxies taken together, fill the servers
 * evenly from the reported counts on. For reports that are old beside the time that a request takes: fresh ones lead to
 * the emptiest server, old ones to a draw by capacity, and nothing in between herds.
 *
 * - Formula: chance in proportion to `c x max(0, l - b / c)` with c = cpus x arriba / 1000 x weight, b = reported
 *   requests in flight, and l the level at which these sum up to K = `max(1, proxies x own rate x mean age of the
 *   reports)`. The score of the drawn is -1; the others below the level follow at random, then those above it, emptiest
 *   first.
 * - Example: `- byWaterfill`, in the place of addPrediction, sample and byMarginalCost.
 * - Missing stats: without a reported count a server stands at the mean level; without arriba or cpus it counts as one
 *   core of the reference machine; without any report all are drawn by capacity.
 * - Cost: O(n log n); O(n) as the last link.
 * - Source: Dahlin's Basic LI, "Interpreting stale load information" (IEEE TPDS 11(10), 2000).
 */
export const byWaterfill = defineCandidacy({
  name: 'byWaterfill',
  summary: 'draws at random so that what came since the reports fills the servers evenly',
  kind: 'order',
  options,
  shorthand: 'window',
  signal: arriving,
  create: (given, memoryOf) => {
    const draw = new Waterfill(given, (server) => memoryOf(server)?.arrivals);
    return orderByList({
      prepare: (servers, moment) => draw.prepare(servers, moment),
      score: (server) => draw.score(server),
    });
  },
});
