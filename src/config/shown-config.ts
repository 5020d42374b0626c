import type { Config, ListenerConfig, PoolConfig } from './schema.ts';
import type { ServerTls } from './tls-config.ts';

const BLANK = '***';

const shownListener = ({ tls, ...rest }: ListenerConfig): object => {
  if (!tls) return rest;
  const { certificates, ticketKeysFile: ticketKeys, clientCaFile: clientCa } = tls;
  return {
    ...rest,
    tls: {
      certificates: certificates.map(({ certFile: cert, keyFile: key }) => ({ cert, key })),
      ticketKeys,
      clientCa,
    },
  };
};

const shownTls = ({ verify, servername, caFile: ca, certFile: cert, keyFile: key }: ServerTls): object => ({
  verify,
  servername,
  ca,
  cert,
  key,
});

const shownCredentials = (credentials: NonNullable<PoolConfig['credentials']>): object => {
  if ('bearer' in credentials) return { bearerFile: credentials.bearerFile };
  const { user, passwordFile } = credentials;
  return passwordFile === undefined ? { user, password: BLANK } : { user, passwordFile };
};

const shownPool = ({ tls, credentials, ...rest }: PoolConfig): object => ({
  ...rest,
  tls: shownTls(tls),
  ...(credentials ? { credentials: shownCredentials(credentials) } : {}),
});

const shownAgents = ({ token, ...rest }: NonNullable<Config['agents']>): object =>
  token === undefined || rest.tokenFile !== undefined ? rest : { ...rest, token: BLANK };

/**
 * A configuration for people, to be written as JSON: as it was read, with every default filled in, the names of files
 * instead of what is in them, and no secret.
 */
export const shownConfig = ({ agents, listen, pools, ...rest }: Config): object => ({
  listen: listen.map(shownListener),
  ...(agents ? { agents: shownAgents(agents) } : {}),
  pools: Object.fromEntries(Object.entries(pools).map(([name, pool]) => [name, shownPool(pool)])),
  ...rest,
});
