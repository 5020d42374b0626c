import { shownAdmin } from '../completing/admin-auth.ts';
import { shownSessions, shownSticky } from '../completing/sessions-config.ts';
import type { ServerTls } from '../completing/tls-config.ts';
import type {
  AgentsConfig,
  Config,
  ExplainConfig,
  ListenerConfig,
  PoolConfig,
  StateConfig,
  TokenConfig,
} from '../schema/schema.ts';
import { shownHost, shownRules } from './shown-hosts.ts';

const BLANK = '***';
/** Name of the token of `agents.token` or `agents.tokenFile`. */
const OWN_TOKEN = 'agents';

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

/** What a field says may be a secret. */
const shownHealth = (health: NonNullable<PoolConfig['health']>): object | false => {
  if (health === false || !health.headers) return health;
  return { ...health, headers: Object.fromEntries(Object.keys(health.headers).map((name) => [name, BLANK])) };
};

const shownPool = ({ tls, credentials, health, sticky, ...rest }: PoolConfig): object => ({
  ...rest,
  ...(health === undefined ? {} : { health: shownHealth(health) }),
  tls: shownTls(tls),
  ...(sticky ? { sticky: shownSticky(sticky, BLANK) } : {}),
  ...(credentials ? { credentials: shownCredentials(credentials) } : {}),
});

const shownToken = ({ secrets: _, ...token }: TokenConfig): object =>
  token.tokenFile === undefined ? { ...token, token: BLANK } : token;

/** The token that stands beside `listen`. */
const isOwn = ({ name, pools, from }: TokenConfig): boolean =>
  name === OWN_TOKEN && pools === undefined && from === undefined;

const shownAgents = ({ tokens, tls, ...rest }: AgentsConfig): object => {
  const own = tokens.find(isOwn);
  const others = tokens.filter((token) => token !== own);
  return {
    ...rest,
    ...(own && (own.tokenFile === undefined ? { token: BLANK } : { tokenFile: own.tokenFile })),
    ...(others.length > 0 ? { tokens: others.map(shownToken) } : {}),
    ...(tls ? { tls: { cert: tls.certFile, key: tls.keyFile, clientCa: tls.clientCaFile } } : {}),
  };
};

const shownUrl = (text: string): string => {
  const url = new URL(text);
  if (url.password !== '') url.password = BLANK;
  return url.href;
};

const shownUrlOf = (shown: object, url: string | undefined): object =>
  url === undefined ? shown : { ...shown, url: shownUrl(url) };

const shownState = ({ secrets, password, url, tls, ...rest }: StateConfig): object => ({
  ...rest,
  ...(url === undefined ? {} : { url: shownUrl(url) }),
  tls: shownTls(tls),
  ...(secrets.length > 0 && rest.tokenFile === undefined ? { token: BLANK } : {}),
});

const shownExplain = ({ secrets: _, tokenFile }: ExplainConfig): object =>
  tokenFile === undefined ? { token: BLANK } : { tokenFile };

/**
 * A configuration for people, to be written as JSON: as it was read, with every default filled in, the names of files
 * instead of what is in them, and no secret.
 */
export const shownConfig = ({
  agents,
  state,
  explain,
  listen,
  pools,
  adminAuth,
  adminTls,
  routes,
  hosts,
  sessions,
  ...rest
}: Config): object => ({
  listen: listen.map(shownListener),
  ...shownAdmin(adminAuth, adminTls, BLANK),
  ...(agents ? { agents: shownAgents(agents) } : {}),
  ...(state ? { state: shownState(state) } : {}),
  ...(explain ? { explain: shownExplain(explain) } : {}),
  ...(sessions ? { sessions: shownUrlOf(shownSessions(sessions, BLANK), sessions.url) } : {}),
  pools: Object.fromEntries(Object.entries(pools).map(([name, pool]) => [name, shownPool(pool)])),
  routes: routes.map(shownRules),
  ...(hosts.length > 0 ? { hosts: hosts.map(shownHost) } : {}),
  ...rest,
});
