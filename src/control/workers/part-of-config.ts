import type { Config, PoolConfig, RouteConfig } from '../../config/schema.ts';

/** What each of several workers may take of a limit. Never nothing; so a limit below their number is exceeded. */
const part = (limit: number, workers: number): number => Math.max(1, Math.floor(limit / workers));

const partOfMost = (
  { maxConnections }: { readonly maxConnections?: number },
  workers: number,
): { readonly maxConnections?: number } =>
  maxConnections === undefined ? {} : { maxConnections: part(maxConnections, workers) };

const partOfPool = (pool: PoolConfig, workers: number): PoolConfig => ({
  ...pool,
  ...partOfMost(pool, workers),
  servers: pool.servers.map((server) => ({ ...server, ...partOfMost(server, workers) })),
  queue: { ...pool.queue, size: Math.ceil(pool.queue.size / workers) },
  warmup: Math.ceil(pool.warmup / workers),
});

const partOfRoute = (route: RouteConfig, workers: number): RouteConfig => {
  const inFlight = route.limits?.inFlight;
  if (inFlight === undefined) return route;
  return { ...route, limits: { ...route.limits, inFlight: part(inFlight, workers) } };
};

/** A configuration as one of several workers has to keep it: what is limited for the proxy is divided between them. */
export const partOfConfig = (config: Config, workers: number): Config => {
  if (workers === 1) return config;
  const { limits, pools, routes } = config;
  return {
    ...config,
    limits: {
      ...limits,
      connections: part(limits.connections, workers),
      inFlight: part(limits.inFlight, workers),
    },
    pools: Object.fromEntries(Object.entries(pools).map(([name, pool]) => [name, partOfPool(pool, workers)])),
    routes: routes.map((route) => partOfRoute(route, workers)),
  };
};
