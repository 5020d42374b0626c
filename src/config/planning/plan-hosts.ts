import type { RouteMatch } from '../../core/route.ts';
import { routeName } from '../../core/route.ts';
import { answersOf, hostPath, type PlacedRules } from '../checks/placed-rules.ts';
import type { Config, HostConfig, RouteConfig } from '../schema/schema.ts';

/** A route to be planned: one of `routes`, or a location of a host. */
export interface RouteOrder extends PlacedRules {
  /** The name that is wanted; another route may have it. */
  readonly name: string;
  readonly match: RouteMatch;
  /** The host that it is a location of. */
  readonly host: HostConfig | undefined;
}

const matchOf = ({ host, path, methods, headers }: RouteConfig): RouteMatch => ({
  ...(host === undefined ? {} : { host }),
  ...(path === undefined ? {} : { path }),
  ...(methods === undefined ? {} : { methods }),
  ...(headers === undefined ? {} : { headers }),
});

const routeOrder = (rules: RouteConfig, i: number): RouteOrder => {
  const match = matchOf(rules);
  return {
    kind: 'route',
    rules,
    path: ['routes', i],
    name: rules.name ?? routeName(match),
    match,
    host: undefined,
  };
};

const isForAll = ({ path = '/', methods, headers }: RouteConfig): boolean =>
  path === '/' && !methods && !headers;

/** Keys of a host that hold for its locations, which say them themselves then. */
const inherited = ({ timeouts, limits }: HostConfig, location: RouteConfig): RouteConfig => ({
  ...location,
  ...(timeouts || location.timeouts ? { timeouts: { ...timeouts, ...location.timeouts } } : {}),
  ...(limits || location.limits ? { limits: { ...limits, ...location.limits } } : {}),
});

/** What the host itself answers with, without what holds for all of its locations. */
const ownLocation = ({ pool, chain, whenEmpty, ...host }: HostConfig): RouteConfig => {
  const { redirect, respond, files, handler, rewrite, stripPrefix, addPrefix, hedge, probe } = host;
  const said = {
    pool,
    chain,
    whenEmpty,
    redirect,
    respond,
    files,
    handler,
    rewrite,
    stripPrefix,
    addPrefix,
    hedge,
    probe,
  };
  return {
    path: '/',
    ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)),
  };
};

/** The locations of a host, with what it answers itself as the last one, and where they were written. */
export const locationsOf = (host: HostConfig): readonly PlacedRules[] => {
  const path = hostPath(host);
  const own: readonly PlacedRules[] =
    answersOf(host).length > 0 ? [{ kind: 'location', rules: ownLocation(host), path }] : [];
  return [
    ...host.locations.map((rules, i) => ({
      kind: 'location' as const,
      rules,
      path: [...path, 'locations', i],
    })),
    ...own,
  ];
};

const hostOrders = (host: HostConfig): readonly RouteOrder[] => {
  const { name, aliases, default: isDefault, unmatched } = host;
  const common = {
    host: name,
    ...(aliases.length > 0 ? { aliases } : {}),
    ...(isDefault ? { isDefault } : {}),
  };
  const orders = locationsOf(host).map(({ rules, path }): RouteOrder => {
    const match = { ...matchOf({ ...rules, path: rules.path ?? '/' }), ...common };
    return {
      kind: 'location',
      rules: inherited(host, rules),
      path,
      name: rules.name ?? routeName(match),
      match,
      host,
    };
  });
  if (orders.some(({ rules }) => isForAll(rules))) return orders;
  const rest: RouteOrder = {
    kind: 'location',
    rules: { respond: { status: unmatched, headers: {} } },
    path: hostPath(host),
    name: `${name} (unmatched)`,
    match: { ...common, path: '/' },
    host,
  };
  return [...orders, rest];
};

/** Everything that becomes a route, in the order in which it was written: `routes`, then hosts. */
export const routeOrders = ({ routes, hosts }: Config): readonly RouteOrder[] => [
  ...routes.map(routeOrder),
  ...hosts.flatMap(hostOrders),
];
