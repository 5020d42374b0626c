import type { Problem } from '../../core/errors.ts';
import type { RouteMatch, RouteSettings } from '../../core/route.ts';
import type { PlannedRules } from '../../rules/planned-rules.ts';
import { hostPath } from '../checks/placed-rules.ts';
import type { ReadConfig } from '../read.ts';
import { aWarning } from '../reading/problem.ts';
import type { Config, HostConfig, RouteConfig } from '../schema/schema.ts';
import type { PlannedChain } from './plan.ts';
import { ExportPlanner } from './plan-exports.ts';
import { type RouteOrder, routeOrders } from './plan-hosts.ts';
import type { LinkPlanner, PlanContext } from './plan-links.ts';
import { type PlannedLocal, planLocal } from './plan-local.ts';
import {
  joinGuards,
  NO_GUARDS,
  type PlannedGuards,
  pagesOf,
  planGuards,
  planRules,
  type RulePlanning,
} from './plan-rules.ts';

/** Name of the chain of routes that lead to no pool: it is in no plan, and nothing shows it. */
export const NO_CHAIN = '';

export interface PlannedRoute {
  /** Unique. */
  readonly name: string;
  readonly match: RouteMatch;
  /** Name of a chain of this plan, or NO_CHAIN. */
  readonly chain: string;
  readonly settings: RouteSettings;
  readonly rules: PlannedRules;
  /** Its requests get the data of their clients. */
  readonly sessions: boolean;
  /** What answers inside this process. */
  readonly local?: PlannedLocal;
}

/** Chains and routes, and what is to be said of them. */
export interface PlannedRoutes {
  readonly chains: readonly PlannedChain[];
  readonly routes: readonly PlannedRoute[];
  readonly errorPages: PlannedRules['errorPages'];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** Absolute paths of the scripts that rules are made of. */
  readonly files: readonly string[];
}

const unique = (wanted: string, taken: Pick<ReadonlyMap<string, unknown>, 'has'>): string => {
  let name = wanted;
  for (let i = 2; taken.has(name); i++) name = `${wanted} (${i})`;
  return name;
};

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

/** Plans one route after the other, and a chain for each that says something of its own. */
class RoutePlanner {
  readonly chains = new Map<string, PlannedChain>();
  readonly routes = new Map<string, PlannedRoute>();
  readonly warnings: Problem[] = [];
  readonly #read: ReadConfig;
  readonly #links: LinkPlanner;
  readonly #planning: RulePlanning;
  readonly #isFolder: PlanContext['isFolder'];
  readonly #hosts = new Map<HostConfig, PlannedGuards>();
  /** What holds for every route. */
  readonly everywhere: PlannedGuards;

  constructor(
    read: ReadConfig,
    links: LinkPlanner,
    exports: ExportPlanner,
    isFolder: PlanContext['isFolder'],
  ) {
    this.#isFolder = isFolder;
    this.#read = read;
    this.#links = links;
    this.#planning = { read, exports };
    this.everywhere = { ...NO_GUARDS, errorPages: pagesOf(read.config.errorPages, [], { read }) };
  }

  async addPools(): Promise<void> {
    for (const [pool, { chain, whenEmpty }] of Object.entries(this.#read.config.pools)) {
      const links = await this.#links.links({ chain, path: ['pools', pool, 'chain'], pool });
      this.chains.set(pool, { name: pool, pool, links, whenEmpty });
    }
  }

  async add(order: RouteOrder): Promise<void> {
    const { rules, match, host } = order;
    const name = unique(order.name, this.routes);
    const chain = await this.#chain(order, name);
    const around = host ? await this.#guardsOf(host) : this.everywhere;
    const guards = joinGuards(around, await planGuards(order, name, this.#planning));
    const local = await planLocal(order, this.#naming(), this.#planning.exports);
    this.#warnOfMissing(order, local);
    this.routes.set(name, {
      name,
      match,
      chain: chain?.name ?? NO_CHAIN,
      settings: routeSettings(rules, this.#read.config),
      sessions: rules.sessions ?? host?.sessions ?? false,
      rules: await planRules(order, { guards, host }, this.#planning),
      ...(local ? { local } : {}),
    });
    if (chain) this.#warnOfUnused(order, chain);
  }

  #warnOfMissing({ path }: RouteOrder, local: PlannedLocal | undefined): void {
    if (local?.kind !== 'files' || (this.#isFolder?.(local.directory) ?? true)) return;
    const where = this.#read.locate([...path, 'files', 'directory']);
    this.warnings.push(aWarning(`there is no folder ${local.directory}`, where));
  }

  async #guardsOf(host: HostConfig): Promise<PlannedGuards> {
    const known = this.#hosts.get(host);
    if (known) return known;
    const placed = { kind: 'host', rules: host, path: hostPath(host) } as const;
    const guards = joinGuards(this.everywhere, await planGuards(placed, host.name, this.#planning));
    this.#hosts.set(host, guards);
    return guards;
  }

  /** The chain of a route; undefined where it leads to no pool. */
  async #chain({ rules, path }: RouteOrder, name: string): Promise<PlannedChain | undefined> {
    const { pool, chain, whenEmpty } = rules;
    if (pool === undefined) return undefined;
    const inherited = this.chains.get(pool);
    if (!inherited) throw new TypeError(`route ${name} leads to pool ${pool}, which is not there`);
    if (chain === undefined && whenEmpty === undefined) return inherited;
    const own = unique(name, this.chains);
    const links = chain
      ? await this.#links.links({ chain, path: [...path, 'chain'], pool })
      : inherited.links;
    const planned = { name: own, pool, links, whenEmpty: whenEmpty ?? inherited.whenEmpty };
    this.chains.set(own, planned);
    return planned;
  }

  #warnOfUnused({ rules, path }: RouteOrder, { links, whenEmpty }: PlannedChain): void {
    const key = (['respond', 'files', 'handler'] as const).find((one) => rules[one] !== undefined);
    if (key === undefined || whenEmpty === 'local' || links.some(({ candidacy }) => candidacy.emptyIsLocal))
      return;
    const message = `\`${key}\` answers nothing: the chain never says that a request is to be served locally`;
    const suggestion = 'add `whenEmpty: local`, or leave `pool` out';
    this.warnings.push(aWarning(message, this.#read.locate([...path, key], 'key'), { suggestion }));
  }

  #naming() {
    const { locate, baseDirectory: directory } = this.#read;
    return { locate, directory };
  }
}

/** One chain for each pool, and one for each route that says something of its own; the rules of every route. */
export const planRoutes = async (
  read: ReadConfig,
  links: LinkPlanner,
  context: PlanContext,
): Promise<PlannedRoutes> => {
  const exports = new ExportPlanner(read, context);
  const planner = new RoutePlanner(read, links, exports, context.isFolder);
  await planner.addPools();
  for (const order of routeOrders(read.config)) await planner.add(order);
  return {
    chains: [...planner.chains.values()],
    routes: [...planner.routes.values()],
    errorPages: planner.everywhere.errorPages,
    problems: exports.problems,
    warnings: [...planner.warnings, ...exports.loaded.flatMap(({ warnings }) => warnings)],
    files: exports.loaded.flatMap(({ files }) => files),
  };
};
