import { defineCandidacy, type MemoryReader, type Signal } from '../src/core/candidacy.ts';
import { REFERENCE_ARRIBA } from '../src/core/capacity.ts';
import { orderBy } from '../src/core/making.ts';
import { size, z } from '../src/core/options.ts';
import type { Moment, Server } from '../src/core/types.ts';
import { costOfResource, costResource } from './parts/cost-resources.ts';
import { type CostMemory, meanCost, type RequestCosts, requestCosts } from './parts/request-cost.ts';

const options = z.strictObject({
  /** Memory that one more request takes, bytes. */
  perRequest: size().prefault('8MiB'),
  /** Arriba at which a request adds `work` to the load; a machine of half the speed is loaded twice as much. */
  referenceSpeed: z.number().positive().default(REFERENCE_ARRIBA),
  /** Load that one more request adds at the reference speed. */
  work: z.number().positive().default(1),
  /** What else requests use up, besides CPU and memory. */
  resources: z.array(costResource()).min(1).max(16).optional(),
  /** The metric by which servers say with each answer what the request has cost: `request_cost.<name>` of ORCA. */
  requestCost: z
    .string()
    .regex(/^[\w.:@/-]{1,115}$/, 'expected the name of a metric of request_cost, such as cpu_ms')
    .optional(),
  /** So much of that metric is one request: of 300 ms with 10 ms as usual, one counts as 30. */
  usualCost: z.number().positive().default(10),
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

/** Without `requestCost` there is nothing to remember. */
const NOTHING: Signal<CostMemory | undefined, RequestCosts> = { init: () => undefined };

/** One request that counts for many brings a load that the marks of usual ones know nothing of. */
const markFor = (work: number, mark: number): number => Math.max(mark, powerAbove(work));

/** The options with the work of a request as it is known now, and the mark that goes with it. */
const weighed = (
  given: Options,
  servers: readonly Server[],
  moment: Moment,
  memoryOf: MemoryReader<CostMemory | undefined>,
): { readonly options: Options; readonly mark: number } => {
  const mark = sharedHighWater(servers, moment);
  const memory = given.requestCost === undefined || !servers[0] ? undefined : memoryOf(servers[0]);
  if (!memory) return { options: given, mark };
  const work = given.work * meanCost(memory, moment.now);
  return { options: { ...given, work }, mark: markFor(work, mark) };
};

/**
 * Least marginal cost first: what one more request adds to a cost that grows exponentially with how full each
 * resource is, so that CPU, memory and whatever else is declared are weighed in one currency.
 *
 * - Formula: `n^((load + work/e) / L) - n^(load / L) + n^(used + perRequest/memoryTotal) - n^used` with
 *   n = max(2, servers in the list), L = the highest loadHighWater in the list, e = arriba / referenceSpeed,
 *   used = 1 - memoryAvailable / memoryTotal, load = load1 + predicted. Each of `resources` adds
 *   `n^((u + perRequest) / capacity) - n^(u / capacity)`, u = used + predicted x perRequest. With `requestCost`, work is
 *   multiplied by the moving mean of what answers of the pool said, in units of `usualCost`, and L is at least the power
 *   of two above it.
 * - Example: `- byCost: { perRequest: 32MiB }` or
 *   `- byCost: { resources: [{ used: custom.gpu_memory, capacity: 24GiB, perRequest: 512MiB }], requestCost: cpu_ms }`.
 * - Missing stats: without load1, memoryTotal, memoryAvailable or a declared resource a server comes after the known;
 *   without arriba it counts as the reference machine; without loadHighWater the smallest power of two above its load
 *   stands in. A request costs what is usual until answers say something else, and a minute or two after the last did.
 * - Cost: O(n log n), for each resource. It carries no score: what a server costs depends on the whole list.
 * - Source: mod_backhand's `byCost`; Amir, Awerbuch, Barak, Borgstrom, Keren, IEEE TPDS 11(7), 2000. ORCA's
 *   `request_cost`: cncf/xds, orca_load_report.proto.
 */
export const byCost = defineCandidacy({
  name: 'byCost',
  summary: 'least marginal cost first, CPU, memory and declared resources in one currency',
  kind: 'order',
  ordersByReports: true,
  options,
  shorthand: 'perRequest',
  signal: ({ requestCost, usualCost }): Signal<CostMemory | undefined> =>
    requestCost === undefined ? NOTHING : requestCosts(requestCost, usualCost),
  create: (given, memoryOf) => {
    const others = (given.resources ?? []).map(costOfResource);
    return (servers, moment) => {
      const n = Math.max(2, servers.length);
      const { options, mark } = weighed(given, servers, moment, memoryOf);
      const cost = (server: Server): number => {
        let sum = marginalCost(n, mark, useOf(server, loadOf(server, moment), options));
        for (const other of others) sum += other(n, server, moment);
        return sum;
      };
      return orderBy(cost)(servers, moment);
    };
  },
});
