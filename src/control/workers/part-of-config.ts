import type { Config, HostConfig, PoolConfig, RouteConfig } from '../../config/schema/schema.ts';

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

type Limited = Pick<RouteConfig, 'limits' | 'rateLimit'>;

/** Each worker counts its own clients: of a rate it takes the same part of what comes in the time, and of the burst. */
const partOfRate = <Rate extends NonNullable<Limited['rateLimit']>>(rate: Rate, workers: number): Rate => ({
  ...rate,
  requests: rate.requests / workers,
  burst: Math.max(1, (rate.burst ?? rate.requests) / workers),
});

const partOfRoute = <Route extends Limited>(route: Route, workers: number): Route => {
  const { limits, rateLimit } = route;
  const inFlight = limits?.inFlight;
  return {
    ...route,
    ...(inFlight === undefined ? {} : { limits: { ...limits, inFlight: part(inFlight, workers) } }),
    ...(rateLimit ? { rateLimit: partOfRate(rateLimit, workers) } : {}),
  };
};

const partOfHost = (host: HostConfig, workers: number): HostConfig => ({
  ...partOfRoute(host, workers),
  locations: host.locations.map((location) => partOfRoute(location, workers)),
});

const withoutEventLog = (config: Config): Config => {
  if (config.eventLog === undefined) return config;
  const { eventLog: _, ...own } = config;
  return own;
};

/**
 * A configuration as one of several workers has to keep it: what is limited for the proxy is divided between them, and
 * events are control's to write.
 */
export const partOfConfig = (whole: Config, workers: number): Config => {
  const config = withoutEventLog(whole);
  if (workers === 1) return config;
  const { limits, pools, routes, hosts } = config;
  return {
    ...config,
    limits: {
      ...limits,
      connections: part(limits.connections, workers),
      inFlight: part(limits.inFlight, workers),
    },
    pools: Object.fromEntries(Object.entries(pools).map(([name, pool]) => [name, partOfPool(pool, workers)])),
    routes: routes.map((route) => partOfRoute(route, workers)),
    hosts: hosts.map((host) => partOfHost(host, workers)),
  };
};
