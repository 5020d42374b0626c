import { parseAddressRule, parseServerUrl } from '../../core/accept.ts';
import type { WhenEmpty } from '../../core/chain.ts';
import { ConfigError, type Problem } from '../../core/errors.ts';
import type { PoolSpec } from '../../core/pool-view.ts';
import type { PlannedRules } from '../../rules/planned-rules.ts';
import type { ReadConfig } from '../read.ts';
import { inOrder } from '../reading/problem.ts';
import type { Config, PoolConfig } from '../schema/schema.ts';
import { herdingWarnings, type PlannedLink } from './herding.ts';
import { herdingPool } from './herding-pool.ts';
import { LinkPlanner, type PlanContext } from './plan-links.ts';
import { type PlannedRoute, planRoutes } from './plan-routes.ts';

export interface PlannedChain {
  /** The pool's name, or that of the route that has a chain of its own; unique. */
  readonly name: string;
  readonly pool: string;
  readonly links: readonly PlannedLink[];
  readonly whenEmpty: WhenEmpty;
}

/** A chain that decides beside that of its pool, without being used. */
export interface PlannedShadow extends PlannedChain {
  /** Part of the pool's decisions that it makes too, 0..1. */
  readonly share: number;
}

/** A configuration with everything found that it names: nothing in it can be wrong any more but what functions do. */
export interface Plan {
  readonly config: Config;
  readonly warnings: readonly Problem[];
  /** Absolute paths of all files it depends on, scripts included. */
  readonly files: readonly string[];
  readonly pools: readonly PoolSpec[];
  readonly chains: readonly PlannedChain[];
  /** At most one for each pool. */
  readonly shadows: readonly PlannedShadow[];
  readonly routes: readonly PlannedRoute[];
  /** For requests that no route takes, by status or class. */
  readonly errorPages: PlannedRules['errorPages'];
}

const serverSpec = ({ id, url, tags, arriba }: PoolConfig['servers'][number]): PoolSpec['servers'] => {
  const parsed = parseServerUrl(url);
  return parsed ? [{ id, url: parsed, tags, ...(arriba === undefined ? {} : { arriba }) }] : [];
};

const poolSpec = ([name, { servers, accept, self }]: readonly [string, PoolConfig]): PoolSpec => ({
  name,
  servers: servers.flatMap(serverSpec),
  accept: accept.map(parseAddressRule).filter((rule) => rule !== undefined),
  ...(self === undefined ? {} : { self }),
});

/** Chains that differ in `whenEmpty` alone share their links, and what is to be said of them. */
export const differentChains = <Planned extends PlannedChain>(
  chains: readonly Planned[],
): readonly Planned[] => [...new Map(chains.map((planned) => [planned.links, planned])).values()];

/** The chains that run beside those of their pools. */
const planShadows = async (
  { config }: ReadConfig,
  planner: LinkPlanner,
): Promise<readonly PlannedShadow[]> => {
  const shadows: PlannedShadow[] = [];
  for (const [pool, { shadow, whenEmpty }] of Object.entries(config.pools)) {
    if (!shadow) continue;
    const links = await planner.links({
      chain: shadow.chain,
      path: ['pools', pool, 'shadow', 'chain'],
      pool,
    });
    shadows.push({ name: `shadow of ${pool}`, pool, links, whenEmpty, share: shadow.share });
  }
  return shadows;
};

/**
 * Finds everything that a configuration names: built-in functions, users' scripts, options. Throws a ConfigError with
 * every problem, those inside scripts at their own places.
 */
export const makePlan = async (read: ReadConfig, context: PlanContext): Promise<Plan> => {
  const planner = new LinkPlanner(read, context);
  const { chains, routes, ...more } = await planRoutes(read, planner, context);
  const shadows = await planShadows(read, planner);
  const loaded = await planner.loaded();
  const herding = [...differentChains([...chains, ...shadows])].flatMap(({ links, pool }) =>
    herdingWarnings(links, herdingPool(read.config, pool)),
  );
  const ofScripts = loaded.flatMap((script) => script.warnings ?? []);
  const warnings = [...read.warnings, ...ofScripts, ...planner.warnings, ...herding, ...more.warnings];
  const problems = [...planner.problems, ...more.problems];
  if (problems.length > 0) throw new ConfigError(inOrder([...new Set(problems), ...warnings]));
  const { config, files } = read;
  return {
    config,
    warnings: inOrder(warnings),
    files: [...new Set([...files, ...loaded.flatMap((script) => script.files), ...more.files])],
    pools: Object.entries(config.pools).map(poolSpec),
    chains,
    shadows,
    routes,
    errorPages: more.errorPages,
  };
};
