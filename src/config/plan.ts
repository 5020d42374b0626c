import { parseAddressRule, parseServerUrl } from '../core/accept.ts';
import type { WhenEmpty } from '../core/chain.ts';
import { ConfigError, type Problem } from '../core/errors.ts';
import type { PoolSpec } from '../core/pool-view.ts';
import { type RouteMatch, type RouteSettings, routeName } from '../core/route.ts';
import { herdingWarnings, type PlannedLink } from './herding.ts';
import { herdingPool } from './herding-pool.ts';
import { LinkPlanner, type PlanContext } from './plan-links.ts';
import { inOrder } from './problem.ts';
import type { ReadConfig } from './read.ts';
import type { Config, PoolConfig, RouteConfig } from './schema.ts';

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

interface PlannedRoute {
  /** Unique. */
  readonly name: string;
  readonly match: RouteMatch;
  /** Name of a chain of this plan. */
  readonly chain: string;
  readonly settings: RouteSettings;
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

const unique = (wanted: string, taken: ReadonlySet<string>): string => {
  let name = wanted;
  for (let i = 2; taken.has(name); i++) name = `${wanted} (${i})`;
  return name;
};

const routeMatch = ({ host, path, methods }: RouteConfig): RouteMatch => ({
  ...(host === undefined ? {} : { host }),
  ...(path === undefined ? {} : { path }),
  ...(methods === undefined ? {} : { methods }),
});

const routeSettings = (
  { timeouts, limits, methods, hedge, probe }: RouteConfig,
  all: Config,
): RouteSettings => {
  const { request, responseHeaders, responseIdle, tunnel } = { ...all.timeouts, ...timeouts };
  const bodyBytes = limits?.bodyBytes ?? all.limits.bodyBytes;
  return {
    timeouts: { request, responseHeaders, responseIdle, tunnel },
    ...(bodyBytes === undefined ? {} : { bodyBytes }),
    ...(limits?.inFlight === undefined ? {} : { inFlight: limits.inFlight }),
    allowsConnect: methods?.includes('CONNECT') ?? false,
    ...(hedge === undefined ? {} : { hedge }),
    ...(probe === undefined ? {} : { probe }),
  };
};

/** One chain for each pool, and one for each route that says something of its own. */
const planRoutes = async (
  { config }: ReadConfig,
  planner: LinkPlanner,
): Promise<Pick<Plan, 'chains' | 'routes'>> => {
  const chains = new Map<string, PlannedChain>();
  const routes = new Map<string, PlannedRoute>();
  for (const [pool, { chain, whenEmpty }] of Object.entries(config.pools)) {
    const links = await planner.links({ chain, path: ['pools', pool, 'chain'] });
    chains.set(pool, { name: pool, pool, links, whenEmpty });
  }
  for (const [i, route] of config.routes.entries()) {
    const { pool, chain, whenEmpty } = route;
    const match = routeMatch(route);
    const name = unique(route.name ?? routeName(match), new Set(routes.keys()));
    const inherited = chains.get(pool);
    if (!inherited) throw new TypeError(`route ${name} leads to pool ${pool}, which is not there`);
    const settings = routeSettings(route, config);
    routes.set(name, { name, match, chain: pool, settings });
    if (chain === undefined && whenEmpty === undefined) continue;
    const own = unique(name, new Set(chains.keys()));
    const links = chain ? await planner.links({ chain, path: ['routes', i, 'chain'] }) : inherited.links;
    chains.set(own, { name: own, pool, links, whenEmpty: whenEmpty ?? inherited.whenEmpty });
    routes.set(name, { name, match, chain: own, settings });
  }
  return { chains: [...chains.values()], routes: [...routes.values()] };
};

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
    const links = await planner.links({ chain: shadow.chain, path: ['pools', pool, 'shadow', 'chain'] });
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
  const { chains, routes } = await planRoutes(read, planner);
  const shadows = await planShadows(read, planner);
  const loaded = await planner.loaded();
  const herding = [...differentChains([...chains, ...shadows])].flatMap(({ links, pool }) =>
    herdingWarnings(links, herdingPool(read.config, pool)),
  );
  const warnings = [...read.warnings, ...loaded.flatMap((script) => script.warnings ?? []), ...herding];
  if (planner.problems.length > 0)
    throw new ConfigError(inOrder([...new Set(planner.problems), ...warnings]));
  const { config, files } = read;
  return {
    config,
    warnings: inOrder(warnings),
    files: [...new Set([...files, ...loaded.flatMap((script) => script.files)])],
    pools: Object.entries(config.pools).map(poolSpec),
    chains,
    shadows,
    routes,
  };
};
