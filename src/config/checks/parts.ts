import type { Problem } from '../../core/errors.ts';
import type { z } from '../../core/options.ts';
import type { WrittenAdmin } from '../completing/admin-auth.ts';
import { isMapping } from '../reading/mapping.ts';
import type { Locate } from '../reading/sourced.ts';
import {
  type HostConfig,
  type RouteConfig,
  rootShape,
  type WrittenConfig,
  type WrittenPool,
} from '../schema/schema.ts';
import { adminShape } from '../schema/schema-admin.ts';
import { hostsSchema } from '../schema/schema-hosts.ts';
import { poolShape, routeSchema, routeShape } from '../schema/schema-pools.ts';

/** One route: all of it if it is right, else what is right about where it leads. */
type RoutePart =
  | { readonly whole: RouteConfig; readonly pool?: string; readonly chain?: RouteConfig['chain'] }
  | { readonly whole: undefined; readonly pool?: string; readonly chain?: RouteConfig['chain'] };

/** The parts of a configuration that are right in themselves, so that one slip does not hide what else is wrong. */
export interface Parts
  extends Partial<
      Pick<
        WrittenConfig,
        | 'listen'
        | 'admin'
        | 'agents'
        | 'state'
        | 'explain'
        | 'trustedProxies'
        | 'limits'
        | 'errorPages'
        | 'sessions'
        | 'workers'
      >
    >,
    WrittenAdmin {
  /** Every pool by name, each with its good keys. */
  readonly pools: ReadonlyMap<string, Partial<WrittenPool>>;
  /** Undefined if the key is missing. */
  readonly routes: readonly RoutePart[] | undefined;
  /** Those that are right. Undefined if the key is missing. */
  readonly hosts?: readonly HostConfig[];
}

/** A check of what no schema can see: how one part fits the others. */
export type Check = (parts: Parts, locate: Locate) => readonly Problem[];

type Shape = Readonly<Record<string, z.ZodType>>;
type Parsed<S extends Shape> = { [Key in keyof S]?: z.output<S[Key]> };

const goodKeys = <S extends Shape>(shape: S, value: unknown): Parsed<S> => {
  const given = isMapping(value) ? value : {};
  const good = Object.entries(shape).flatMap(([key, schema]) => {
    const result = schema.safeParse(given[key]);
    return result.success && result.data !== undefined ? [[key, result.data] as const] : [];
  });
  // The entries were made key by key from the shape, which the type of fromEntries cannot say.
  return Object.fromEntries(good) as Parsed<S>;
};

const routePart = (route: unknown): RoutePart => {
  const result = routeSchema.safeParse(route);
  const { pool, chain } = routeShape;
  return result.success
    ? { ...result.data, whole: result.data }
    : { ...goodKeys({ pool, chain }, route), whole: undefined };
};

const routeParts = (routes: unknown): Parts['routes'] => {
  if (routes === undefined) return undefined;
  return Array.isArray(routes) ? routes.map(routePart) : [];
};

const oneHost = (at: string | number, host: unknown): readonly HostConfig[] => {
  const result = hostsSchema.safeParse(typeof at === 'number' ? [host] : { [at]: host });
  return result.success ? result.data.map((one) => ({ ...one, at })) : [];
};

const hostParts = (hosts: unknown): Pick<Parts, 'hosts'> => {
  if (hosts === undefined) return {};
  const whole = hostsSchema.safeParse(hosts);
  if (whole.success) return { hosts: whole.data };
  const entries = Array.isArray(hosts) ? [...hosts.entries()] : Object.entries(isMapping(hosts) ? hosts : {});
  return { hosts: entries.flatMap(([at, host]) => oneHost(at, host)) };
};

/** The parts of a configuration that is right as a whole. */
export const wholeParts = ({ pools, routes, hosts, ...rest }: WrittenConfig): Parts => ({
  ...rest,
  pools: new Map(Object.entries(pools)),
  routes: routes?.map((route) => ({ ...route, whole: route })),
  ...(hosts ? { hosts } : {}),
});

/** Takes from a value, read but not checked, whatever holds. */
export const partsOf = (value: unknown): Parts => {
  const root = isMapping(value) ? value : {};
  const { listen, admin, agents, state, explain, trustedProxies, limits, errorPages, sessions, workers } =
    rootShape;
  const pools = Object.entries(isMapping(root['pools']) ? root['pools'] : {});
  return {
    ...goodKeys(
      {
        listen,
        admin,
        agents,
        state,
        explain,
        trustedProxies,
        limits,
        errorPages,
        sessions,
        workers,
        ...adminShape,
      },
      root,
    ),
    pools: new Map(pools.map(([name, pool]) => [name, goodKeys(poolShape, pool)])),
    routes: routeParts(root['routes']),
    ...hostParts(root['hosts']),
  };
};
