import { authorizationOf } from '../config/completing/credentials.ts';
import type { Model } from '../config/planning/model.ts';
import type { Config } from '../config/schema/schema.ts';
import { parseAddressRule } from '../core/accept.ts';
import type { Server } from '../core/types.ts';
import type { EngineSettings, PoolSettings } from '../proxy/settings.ts';
import { explainCheck } from './decisions/explain-token.ts';
import { mostClients, mostDescriptors } from './process/descriptors.ts';

/** What the engine reads at each request, out of a configuration. */
export const engineSettings = ({ config, routeList, errorAnswer }: Model): EngineSettings => {
  const { timeouts, limits, retry, exposeServer, via, underscores } = config;
  const trustedProxies = config.trustedProxies.flatMap((text) => parseAddressRule(text) ?? []);
  return {
    timeouts,
    head: { bytes: limits.headerBytes, count: limits.headerCount, target: limits.targetBytes },
    connections: Math.min(limits.connections, mostClients(mostDescriptors())),
    inFlight: limits.inFlight,
    trustedProxies,
    retry,
    exposeServer,
    via,
    keepsUnderscores: underscores === 'keep',
    keepsFields: config.accessLog !== undefined,
    explains: explainCheck(config.explain),
    errorAnswer,
    allowsConnect: routeList.some(({ settings }) => settings.allowsConnect),
  };
};

/** What is asked for in the field `endpoint-load-metrics-format`. */
const LOAD_FORMATS = { text: 'TEXT', json: 'JSON' } as const;

/** How connections to one server are made and kept. What agents announced has the settings of its pool. */
export const poolSettings = (config: Config, server: Server): PoolSettings => {
  const pool = config.pools[server.pool];
  if (!pool) return GONE;
  const { queue, warmup, validate, ping, credentials, proxyProtocol, loadReports } = pool;
  const own = pool.servers.find(({ id }) => id === server.id)?.maxConnections;
  const authorization = credentials && authorizationOf(credentials);
  return {
    maxConnections: own ?? pool.maxConnections ?? Number.POSITIVE_INFINITY,
    queue,
    warmup,
    validate,
    ping,
    authorization: authorization === undefined ? undefined : () => authorization,
    loadFormat: loadReports && LOAD_FORMATS[loadReports],
    proxyProtocol: proxyProtocol === undefined ? undefined : proxyProtocol === 'v1' ? 1 : 2,
  };
};

/** For a server whose pool has left while a request was on its way there. */
const GONE: PoolSettings = {
  maxConnections: Number.POSITIVE_INFINITY,
  queue: { size: 0, timeout: 0 },
  warmup: 0,
  validate: 'never',
  ping: 'tcp',
};
