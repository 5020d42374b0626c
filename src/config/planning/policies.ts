import { DEFAULT_CHAIN, FULL_CHAIN } from '../schema/named-chains.ts';
import type { ChainEntry } from '../schema/schema-pools.ts';

/** A way to choose, as it is tried against others: a chain of built-in functions, and the messages that it goes by. */
export interface NamedPolicy {
  /** Its links, for a pool of so many servers. */
  readonly chain: (servers: number) => readonly ChainEntry[];
  /** Answers carry numbers of the server that gave them. */
  readonly answers: boolean;
  /** Servers that a proxy asks for numbers beside each request, without waiting. */
  readonly probes: number;
}

const byReports = (...chain: readonly ChainEntry[]): NamedPolicy => ({
  chain: () => chain,
  answers: false,
  probes: 0,
});

/** Servers that Prequal asks beside each request. */
const PROBES = 3;

/** Of how many probes Prequal keeps the answers: fewer in small pools, so that it does not hold all servers. */
const probePool = (servers: number): number => Math.min(16, Math.max(4, Math.floor(servers / 4)));

/** For how many requests a probe is used: `(1 + 1) / ((1 - m / n) x 3 - 1)` of the paper, which rounds by lot. */
const probeUses = (servers: number, kept: number): number => {
  const spare = (1 - kept / servers) * PROBES - 1;
  return spare > 0 ? Math.min(16, Math.max(1, Math.round(2 / spare))) : 16;
};

const byProbes = (before: readonly ChainEntry[], quantile: number): NamedPolicy => ({
  chain: (servers) => {
    const most = probePool(servers);
    const kept = { candidates: { most, random: 0, uses: probeUses(servers, most) } };
    return [...before, 'addPrediction', kept, { byHotCold: quantile }];
  },
  answers: false,
  probes: PROBES,
});

/** The quantile of Prequal's paper, 2^-0.25. Its open implementations came to 0.6. */
const PAPER_QUANTILE = 2 ** -0.25;

/** What others do and what we do, each with the functions of this product. */
export const POLICIES: Readonly<Record<string, NamedPolicy>> = {
  default: byReports(...DEFAULT_CHAIN),
  full: { chain: () => FULL_CHAIN, answers: true, probes: 1 },
  random: byReports('byRandom'),
  roundRobin: byReports('roundRobin'),
  /** HAProxy and nginx. */
  leastConnections: byReports('byRandom', { byInFlight: 'own' }),
  /** HAProxy's random(2), YARP, Traefik. */
  twoChoices: byReports({ twoChoices: 'own' }),
  /** Finagle and Linkerd. */
  peakEwma: byReports({ twoChoices: 'own' }, 'byPeakEwma'),
  /** Envoy and gRPC; their blackout of 10 s would last as long as the usual warm-up. */
  orcaWeighted: byReports({ byOrcaWeight: { blackout: '1s' } }),
  /** With error aversion, as its open implementations. */
  prequal: byProbes(['notEjected'], 0.6),
  prequalPaper: byProbes([], PAPER_QUANTILE),
  /** mod_backhand's own, of its documentation. */
  textbookBackhand: byReports({ byAge: '5s' }, 'byRandom', 'byLogWindow', 'byLoad'),
};

/** Every policy that can be named. */
export const POLICY_NAMES = Object.keys(POLICIES);

/** The policy of this name, if there is one. */
export const policyNamed = (name: string): NamedPolicy | undefined =>
  Object.hasOwn(POLICIES, name) ? POLICIES[name] : undefined;
