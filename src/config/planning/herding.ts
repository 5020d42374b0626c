import type { LinkSpec } from '../../core/chain.ts';
import type { Problem } from '../../core/errors.ts';
import type { Millis } from '../../core/types.ts';
import { aWarning } from '../reading/problem.ts';
import type { Whereabouts } from '../reading/source-text.ts';
import { herdFactor, MODEL_LOAD, MODEL_SERVICE } from './herd-model.ts';

/** A link and where it was written. */
export interface PlannedLink extends LinkSpec {
  readonly where: Whereabouts;
}

/** What is known of a pool when its chain is read. */
export interface HerdingPool {
  readonly servers: number;
  /** Nobody knows how many servers there will be: this many are assumed. */
  readonly isAssumed: boolean;
  /** Time between two reports of a server. */
  readonly period: Millis;
  /** Other proxies may send requests to the same servers. */
  readonly hasOtherProxies: boolean;
}

/** A p99 that is so many times that of fresh numbers is worth a warning. */
const WORTH_TELLING = 3;
/** Two choices by old numbers are no worse than chance, whatever the numbers say (Mitzenmacher, 2000). */
const HARMLESS_CHOICES = 2;

/** They order by the load average, a mean over the last minute: the requests of this second are not in it. */
const BY_LOAD_AVERAGE: ReadonlySet<string> = new Set(['byLoad', 'byCost']);
/** They do not look at what addPrediction says. */
const WITHOUT_PREDICTION: ReadonlySet<string> = new Set(['byCPU', 'byMemory']);

const DEFAULT_CHAIN = 'or leave `chain` out for the default chain';
const COUNT_INSTEAD =
  'order by requests instead, with `addPrediction` and then `byMarginalCost` or `byInFlight`';

/** How many of n servers a cut leaves; undefined where only its code knows. */
const leftBy = ({ candidacy, options, guard }: LinkSpec, n: number): number | undefined => {
  if (guard) return undefined;
  try {
    const { window, samples } = candidacy.create(options, () => undefined);
    const kept = samples?.(n) ?? window?.(n);
    return kept === undefined ? undefined : Math.min(n, kept);
  } catch {
    // Whoever makes the chain says what is wrong with it.
    return undefined;
  }
};

/** How many servers a decision compares at a link; undefined where a cut before it decides that. */
const choicesAt = (links: readonly PlannedLink[], at: number, servers: number): number | undefined =>
  links
    .slice(0, at)
    // A session is a cut too, but new sessions have none.
    .filter(({ candidacy: { name, kind } }) => kind === 'cut' && name !== 'bySession')
    .reduce<number | undefined>((n, link) => (n === undefined ? undefined : leftBy(link, n)), servers);

const count = (value: number): string => (value < 10 ? value.toFixed(1) : String(Math.round(value)));

const poolText = ({ servers, isAssumed, hasOtherProxies }: HerdingPool, choices: number): string => {
  const all = `${servers} servers${isAssumed ? ' (assumed)' : ''}`;
  const compared = choices < servers ? `${choices} compared of ${all}` : all;
  return `${compared} at ${MODEL_LOAD * 100} % load${hasOtherProxies ? ' behind several proxies' : ''}`;
};

const loadAverageWarning = (
  { name, where }: PlannedLink,
  pool: HerdingPool,
  choices: number,
  isPredicted: boolean,
): Problem =>
  aWarning(
    `\`${name}\` orders by the load of the last minute, which does not know the requests of this second: with ` +
      `${poolText(pool, choices)} expect servers to be flooded in turns, and timeouts; chance does better` +
      (isPredicted ? '. `addPrediction` mends only what came since the last report' : ''),
    where,
    { suggestion: `${COUNT_INSTEAD}, ${DEFAULT_CHAIN}` },
  );

const staleWarning = (
  { name, where }: PlannedLink,
  pool: HerdingPool,
  choices: number,
  factor: number,
): Problem =>
  aWarning(
    `\`${name}\` orders by reports ${pool.period}ms old, until the next of which requests run to the servers that ` +
      `looked best: with ${poolText(pool, choices)} and ${MODEL_SERVICE} ms a request expect p99 x ${count(factor)}`,
    where,
    {
      suggestion: WITHOUT_PREDICTION.has(name)
        ? `${COUNT_INSTEAD}, ${DEFAULT_CHAIN}`
        : `put \`addPrediction\` before it, ${DEFAULT_CHAIN}`,
    },
  );

/** Warns of links that order by reports, where that is expected to make requests run to the same servers. */
export const herdingWarnings = (links: readonly PlannedLink[], pool: HerdingPool): readonly Problem[] =>
  links.flatMap((link, i) => {
    const { name, ordersByReports } = link.candidacy;
    const choices = ordersByReports ? choicesAt(links, i, pool.servers) : undefined;
    if (choices === undefined || choices <= 1) return [];
    const isPredicted = links.slice(0, i).some(({ candidacy }) => candidacy.name === 'addPrediction');
    if (BY_LOAD_AVERAGE.has(name)) return [loadAverageWarning(link, pool, choices, isPredicted)];
    if (isPredicted && !WITHOUT_PREDICTION.has(name)) return [];
    const factor = herdFactor({ choices, period: pool.period });
    // A list that nothing has cut is compared whole, however short it is.
    const isCut = choices < pool.servers;
    if (factor <= WORTH_TELLING || (isCut && choices <= HARMLESS_CHOICES)) return [];
    return [staleWarning(link, pool, choices, factor)];
  });
