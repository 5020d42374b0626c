import { seededRandom } from '../core/random.ts';
import type { CandidacyFunction, Server, Stats } from '../core/types.ts';
import { aMoment, aRequest, aServer } from './make.ts';

const SIZES = [0, 1, 2, 3, 8, 50];
const ODD = [0, 1, -1, 0.5, 1e308, Number.NaN, Number.POSITIVE_INFINITY];

const oddStats = (random: () => number): Stats | undefined => {
  if (random() < 0.3) return undefined;
  const odd = (): number => (random() < 0.7 ? random() * 8 : (ODD[Math.floor(random() * ODD.length)] ?? 0));
  const names = [
    'load1',
    'loadHighWater',
    'cpuIdle',
    'cpus',
    'memoryTotal',
    'memoryAvailable',
    'arriba',
    'inFlight',
    'serviceTime',
  ];
  const said = names.filter(() => random() < 0.8).map((name) => [name, odd()]);
  return Object.fromEntries([
    ...said,
    ['slots', { total: odd(), available: odd() }],
    ['custom', { odd: odd() }],
  ]);
};

const oddServers = (size: number, random: () => number): readonly Server[] =>
  Array.from({ length: size }, (_, slot) => {
    const stats = oddStats(random);
    return aServer({
      slot,
      id: `s${slot}`,
      stats,
      heardAt: random() < 0.3 ? Number.NEGATIVE_INFINITY : random() * 60_000,
      inFlight: Math.floor(random() * 20),
      inFlightAtReport: Math.floor(random() * 20),
      arriba: stats?.arriba,
      latency: random() < 0.5 ? Number.NaN : random() * 100,
      failures: Math.floor(random() * 4),
      isSelf: slot === 0,
      tags: random() < 0.5 ? ['big'] : [],
    });
  });

const listFaults = (
  input: readonly Server[],
  output: unknown,
  self: Server | undefined,
): readonly string[] => {
  if (output instanceof Promise) return ['returned a promise; candidacy functions are synchronous'];
  if (!Array.isArray(output)) return [`returned ${output === null ? 'null' : typeof output}, not a list`];
  const strangers = output.filter((server) => !input.includes(server) && server !== self);
  const twice = output.filter((server, i) => output.indexOf(server) !== i);
  return [
    ...(strangers.length > 0 ? ['returned a server that was not in its input'] : []),
    ...(twice.length > 0 ? ['returned a server twice'] : []),
  ];
};

const runOnce = (run: CandidacyFunction, servers: readonly Server[], seed: number): unknown => {
  const request = aRequest({
    path: '/a',
    query: 'id=1',
    headers: { cookie: 'id=7f000001' },
    clientIp: '127.0.0.1',
  });
  const self = servers[0];
  return run(servers, aMoment({ seed, now: 30_000, request, proxies: 2, ...(self ? { self } : {}) }));
};

const faultsOn = (run: CandidacyFunction, servers: readonly Server[], seed: number): readonly string[] => {
  const list = Object.freeze([...servers]);
  try {
    const first = runOnce(run, list, seed);
    const second = runOnce(run, list, seed);
    const faults = listFaults(list, first, list[0]);
    const same =
      !Array.isArray(first) ||
      !Array.isArray(second) ||
      (first.length === second.length && first.every((server, i) => server === second[i]));
    return same ? faults : [...faults, 'gave two answers under one seed'];
  } catch (thrown) {
    return [`threw on ${list.length} servers: ${thrown instanceof Error ? thrown.message : String(thrown)}`];
  }
};

/**
 * What a candidacy function does against the contract, in words; empty if nothing was found. Tries it on seeded pools
 * of 0 to 50 servers with numbers missing, not finite or absurd, on frozen lists, twice under each seed.
 * Needs no test runner.
 */
export const breaches = (
  run: CandidacyFunction,
  { rounds = 20 }: { readonly rounds?: number } = {},
): readonly string[] => {
  const found = new Set<string>();
  for (let seed = 1; seed <= rounds; seed++) {
    const { next } = seededRandom(seed);
    for (const size of SIZES)
      for (const fault of faultsOn(run, oddServers(size, next), seed)) found.add(fault);
  }
  return [...found];
};
