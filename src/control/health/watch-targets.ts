import { authorizationOf } from '../../config/completing/credentials.ts';
import type { PoolConfig } from '../../config/schema/schema.ts';
import { addressOf, portOf } from '../../core/accept.ts';
import type { Server } from '../../core/types.ts';
import type { CheckPlace, CheckRules, HttpQuestion, StatusRange } from '../../health/check-spec.ts';
import type { WatchTarget } from '../../health/health-checks.ts';
import { ownProxyHeader } from '../../transport/proxy-protocol-write.ts';

type PoolHealth = Exclude<NonNullable<PoolConfig['health']>, false>;
export type CheckingConfig = Pick<PoolConfig, 'health' | 'tls' | 'credentials' | 'proxyProtocol'>;

/** A try of a suspect takes no longer. */
const TRY_TIMEOUT = 1000;
/** Statuses that are good where nothing else is said. */
const GOOD: readonly StatusRange[] = [[200, 399]];
const HEADER_VERSIONS = { v1: 1, v2: 2 } as const;

const rangeOf = (text: string): StatusRange => {
  const [from = 0, to = from] = text.split('-').map(Number);
  return [from, to];
};

/** What is said with TLS; a dot at the end of a name is no part of it there (RFC 6066, 3). */
const tlsOf = ({ url }: Server, { tls }: CheckingConfig): CheckPlace['tls'] => {
  if (url.protocol !== 'https:') return undefined;
  const { verify, servername = addressOf(url).replace(/\.$/, ''), ca, cert, key } = tls;
  return { verify, servername, ca, cert, key };
};

const checkPlace = (server: Server, config: CheckingConfig, { port, timeout }: PoolHealth): CheckPlace => {
  const host = addressOf(server.url);
  if (port !== undefined) return { host, port, timeout };
  const { proxyProtocol } = config;
  return {
    host,
    port: portOf(server.url),
    timeout,
    tls: tlsOf(server, config),
    preamble: proxyProtocol && ownProxyHeader(HEADER_VERSIONS[proxyProtocol]),
  };
};

/** What is for the server is not said to somebody beside it. */
const credentialsOf = (
  { credentials }: CheckingConfig,
  { port }: PoolHealth,
): Readonly<Record<string, string>> =>
  credentials && port === undefined ? { authorization: authorizationOf(credentials) } : {};

const lowered = (fields: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value]));

const questionOf = (server: Server, config: CheckingConfig, health: PoolHealth): HttpQuestion => {
  const { method = 'GET', path = '/', host = server.url.host, headers = {}, status, body } = health;
  return {
    method,
    path,
    headers: {
      'user-agent': 'forehand-check',
      ...credentialsOf(config, health),
      ...lowered(headers),
      host,
    },
    statuses: status?.map(rangeOf) ?? GOOD,
    ...(body === undefined ? {} : { body }),
  };
};

const rulesOf = ({ interval, jitter, rise, fall, initial }: PoolHealth): CheckRules => ({
  interval,
  jitter,
  rise,
  fall,
  initial,
});

/** How a server is watched over; undefined for one that is not. */
export const watchTarget = (server: Server, config: CheckingConfig): WatchTarget | undefined => {
  const { health } = config;
  if (health === false) return undefined;
  const place: CheckPlace = {
    host: addressOf(server.url),
    port: portOf(server.url),
    timeout: TRY_TIMEOUT,
  };
  if (!health) return { server, place, regular: undefined };
  const question = health.type === 'http' ? { question: questionOf(server, config, health) } : {};
  return {
    server,
    place,
    regular: { place: checkPlace(server, config, health), rules: rulesOf(health), ...question },
  };
};
