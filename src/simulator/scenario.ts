import { duration, fraction, z } from '../core/options.ts';
import { MAX_SERVERS } from '../core/pool-servers.ts';
import { failure } from './scenario-failures.ts';
import { span } from './span.ts';
import { DISTRIBUTIONS } from './work.ts';

/** One number for all servers, or a list that is gone through again and again. */
const cycle = (item: z.ZodNumber) =>
  z
    .union([item, z.array(item).min(1).max(MAX_SERVERS)])
    .transform((given): readonly number[] => (typeof given === 'number' ? [given] : given));

const servers = z
  .strictObject({
    count: z.int().min(1).max(MAX_SERVERS).describe('servers of the pool'),
    cores: cycle(z.number().min(0.1).max(1024)).prefault(4).describe('cores of each; a list is repeated'),
    speeds: cycle(z.number().min(0.01).max(100))
      .prefault(1)
      .describe('speed of one core, 1 is an arriba of 1000; a list such as [1, 0.5] is repeated'),
  })
  .describe('the servers: limited processor sharing');

const proxies = z
  .union([
    z.int().min(1).max(1000),
    z.strictObject({
      count: z.int().min(1).max(1000).describe('proxies in front of the servers'),
      firstSends: z.number().min(0.001).max(1000).describe('times as many requests as each other one'),
    }),
  ])
  .transform((given) => (typeof given === 'number' ? { count: given, firstSends: 1 } : given))
  .describe('proxies in front of the servers, each with a board of its own');

const work = z
  .strictObject({
    mean: span().prefault('10ms').describe('time of a request on a free core of speed 1'),
    distribution: z
      .enum(DISTRIBUTIONS)
      .default('normal')
      .describe(
        'normal: deviation as the mean, cut at 0; pareto: shape 1.5, cut at 200 means; bimodal: 5 % are 26 times as long',
      ),
  })
  .prefault({})
  .describe('how much work requests are');

const antagonists = z
  .strictObject({
    share: z.number().gt(0).lt(1).describe('part of the time in which a server is disturbed'),
    speed: z.number().gt(0).max(1).default(0.4).describe('part of its speed that it has then'),
    on: span().prefault('5s').describe('mean length of a disturbance; exponential'),
    off: span().exactOptional().describe('mean time between two; what `share` makes of `on` if left out'),
  })
  .describe('other work on the machines of servers, each disturbed by itself; none if left out');

const reports = z
  .strictObject({
    every: span().prefault('1s').describe('time between the reports of an agent, in a phase of its own'),
    delay: duration().prefault('0ms').describe('time that a report is under way'),
    noise: z
      .number()
      .min(0)
      .max(2)
      .default(0.2)
      .describe('error of measured speeds; deviation of a lognormal'),
    skew: duration().prefault('0ms').describe("most that an agent's clock is ahead or behind"),
    answers: z
      .boolean()
      .exactOptional()
      .describe('whether answers carry numbers; as the policy wants if left out'),
  })
  .prefault({})
  .describe('what agents say of the servers');

const probes = z
  .strictObject({
    roundTrip: span().prefault('1ms').describe('time until the answer to a probe is here'),
    loss: fraction().default(0).describe('part of the probes that nobody answers'),
    perRequest: z
      .number()
      .min(0)
      .max(16)
      .exactOptional()
      .describe('servers that are asked beside each request'),
    servers: z
      .int()
      .min(0)
      .max(16)
      .exactOptional()
      .describe('servers that are asked before each request, which waits for all but one; 0 for none'),
    wait: span().prefault('1ms').describe('longest wait for them'),
  })
  .prefault({})
  .describe('probes of servers; as many as the policy wants if neither `perRequest` nor `servers` is said');

const keys = z
  .strictObject({
    count: z
      .int()
      .min(1)
      .max(1_000_000)
      .describe('different keys; in the path of the request, and as header `x-key`'),
    skew: z
      .number()
      .min(0)
      .max(3)
      .default(0.9)
      .describe('exponent of the Zipf law by which keys are asked for'),
    cached: z
      .int()
      .min(0)
      .max(1_000_000)
      .describe('keys that each server remembers, the last that it was asked for'),
    hit: z.number().gt(0).max(1).default(0.2).describe('part of the work that a remembered key takes'),
  })
  .describe('keys that servers keep in a cache; all requests are alike if left out');

const longPolls = z
  .strictObject({
    share: fraction().describe('part of the requests, beside those that `load` counts'),
    hold: span().prefault('30s').describe('how long each stays'),
  })
  .describe('requests that wait at a server and take no core of it; not among the measured ones');

const retries = z
  .strictObject({
    attempts: z.int().min(0).max(5).default(2).describe('further ones after the first'),
    budget: fraction().default(0.2).describe('retries as a part of the requests of a proxy'),
  })
  .describe('what a proxy does with requests that fail; nothing if left out');

/** A scenario: servers, traffic, and what happens to them. */
export const scenarioSchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(64)
    .exactOptional()
    .describe('for the output; the name of the file if left out'),
  servers,
  proxies: proxies.prefault(1),
  load: z
    .number()
    .gt(0)
    .max(10)
    .default(0.8)
    .describe('work that comes, as a part of what all servers can do, antagonists taken off'),
  work,
  antagonists: antagonists.exactOptional(),
  reports,
  probes,
  failures: z.array(failure).max(64).default([]).describe('what goes wrong, and when'),
  keys: keys.exactOptional(),
  longPolls: longPolls.exactOptional(),
  retries: retries.exactOptional(),
  timeout: span().prefault('5s').describe('a request that takes longer has failed'),
  duration: span().prefault('25s').describe('how long requests come, the warm-up included'),
  warmup: duration().prefault('10s').describe('requests that come before this are not measured'),
});

export type Scenario = z.output<typeof scenarioSchema>;

/** Most requests of one run: with more, their latencies alone would take over 400 MB. */
const MOST_REQUESTS = 100_000_000;

/** The mean share of its speed that a server has, with its antagonists. */
export const undisturbed = ({ antagonists }: Scenario): number => {
  if (!antagonists) return 1;
  const { speed, on } = antagonists;
  const share = on / (on + offTime(antagonists));
  return 1 - share * (1 - speed);
};

/** Mean time between two disturbances of a server, ms. */
export const offTime = ({ share, on, off }: NonNullable<Scenario['antagonists']>): number =>
  off ?? (on * (1 - share)) / share;

/** Cores of the server of this number, and the speed of each. */
export const machineOf = (
  { cores, speeds }: Pick<Scenario['servers'], 'cores' | 'speeds'>,
  server: number,
): { readonly cores: number; readonly speed: number } => ({
  cores: cores[server % cores.length] ?? 1,
  speed: speeds[server % speeds.length] ?? 1,
});

/** Requests per millisecond that come, long polls not counted. */
export const arrivalRate = (scenario: Scenario): number => {
  const { servers, load, work } = scenario;
  let capacity = 0;
  for (let i = 0; i < servers.count; i++) {
    const { cores, speed } = machineOf(servers, i);
    capacity += cores * speed;
  }
  return (load * capacity * undisturbed(scenario)) / work.mean;
};

/** Why a scenario that fits the schema cannot be run; undefined if it can. */
export const scenarioFault = (
  scenario: Scenario,
): { readonly key: string; readonly message: string } | undefined => {
  const { duration, warmup, servers, failures, probes } = scenario;
  if (probes.wait >= scenario.timeout) return { key: 'probes', message: 'expected a `wait` below `timeout`' };
  if (warmup >= duration) return { key: 'warmup', message: 'expected less than `duration`' };
  const expected = arrivalRate(scenario) * duration;
  if (expected > MOST_REQUESTS)
    return {
      key: 'duration',
      message: `expected at most ${MOST_REQUESTS} requests, got ${Math.round(expected)}`,
    };
  if (failures.some((one) => one.servers > servers.count))
    return { key: 'failures', message: `expected at most ${servers.count} servers, as the pool has` };
  if ((probes.servers ?? 0) > servers.count || (probes.perRequest ?? 0) > servers.count)
    return { key: 'probes', message: `expected at most ${servers.count} servers, as the pool has` };
  return undefined;
};
