import { defineCandidacy } from '../src/core/candidacy.ts';
import { orderBy } from '../src/core/making.ts';
import { size, z } from '../src/core/options.ts';
import type { Moment, Server } from '../src/core/types.ts';

const options = z.strictObject({
  /** Memory that one more request takes, bytes. */
  perRequest: size().prefault('8MiB'),
  /** Arriba at which a request adds `work` to the load; a machine of half the speed is loaded twice as much. */
  referenceSpeed: z.number().positive().default(1000),
  /** Load that one more request adds at the reference speed. */
  work: z.number().positive().default(1),
});

type Options = z.output<typeof options>;

const loadOf = (server: Server, moment: Moment): number =>
  (server.stats?.load1 ?? Number.NaN) + moment.predicted(server);

/** The smallest power of two that is greater, and at least 1: 0.2 gives 1, 1 gives 2, 3.9 gives 4, 4 gives 8. */
const powerAbove = (load: number): number => (load < 1 ? 1 : 2 ** (Math.floor(Math.log2(load)) + 1));

/** A mark that the load has passed is out of date, and then the load itself says what bounds it. */
const highWater = (server: Server, load: number): number => {
  const reported = server.stats?.loadHighWater ?? 0;
  return load > reported && Number.isFinite(load) ? powerAbove(load) : reported;
};

/** One mark for all: with a mark of its own a machine that was never busy would look absurdly dear. */
const sharedHighWater = (servers: readonly Server[], moment: Moment): number => {
  let highest = 1;
  for (const server of servers) highest = Math.max(highest, highWater(server, loadOf(server, moment)));
  return highest;
};

/** How full a server is, and what one more request adds. Loads are of one machine, memory is a share of its own. */
interface Use {
  readonly load: number;
  readonly addedLoad: number;
  /** 0..1 */
  readonly used: number;
  /** 0..1 */
  readonly addedMemory: number;
}

/**
 * What a request adds to the cost of a server: the sum over its resources of n to the power of how full each is.
 * NaN if a number is.
 */
export const marginalCost = (n: number, mark: number, { load, addedLoad, used, addedMemory }: Use): number =>
  n ** ((load + addedLoad) / mark) - n ** (load / mark) + n ** (used + addedMemory) - n ** used;

/** NaN for the load or the memory where it is not known. */
const useOf = (server: Server, load: number, { work, perRequest, referenceSpeed }: Options): Use => {
  const total = server.stats?.memoryTotal ?? Number.NaN;
  const available = server.stats?.memoryAvailable ?? Number.NaN;
  return {
    load,
    addedLoad: (work * referenceSpeed) / (server.arriba ?? referenceSpeed),
    used: 1 - available / total,
    addedMemory: perRequest / total,
  };
};

/**
 * Least marginal cost first: what one more request adds to a cost that grows exponentially with how full each
 * resource is, so that CPU and memory are weighed in one currency.
 *
 * - Formula: `n^((load + work/e) / L) - n^(load / L) + n^(used + perRequest/memoryTotal) - n^used` with
 *   n = max(2, servers in the list), L = the highest loadHighWater in the list, e = arriba / referenceSpeed,
 *   used = 1 - memoryAvailable / memoryTotal, load = load1 + predicted.
 * - Example: `- byCost: { perRequest: 32MiB }`.
 * - Missing stats: without load1, memoryTotal or memoryAvailable a server comes after the known; without arriba it
 *   counts as the reference machine; without loadHighWater the smallest power of two above its load stands in.
 * - Cost: O(n log n). It carries no score: what a server costs depends on the whole list.
 * - Source: mod_backhand's `byCost`; Amir, Awerbuch, Barak, Borgstrom, Keren, IEEE TPDS 11(7), 2000.
 */
export const byCost = defineCandidacy({
  name: 'byCost',
  summary: 'least marginal cost first, CPU and memory in one currency',
  kind: 'order',
  ordersByReports: true,
  options,
  shorthand: 'perRequest',
  create: (given) => (servers, moment) => {
    const n = Math.max(2, servers.length);
    const mark = sharedHighWater(servers, moment);
    const cost = (server: Server): number =>
      marginalCost(n, mark, useOf(server, loadOf(server, moment), given));
    return orderBy(cost)(servers, moment);
  },
});
