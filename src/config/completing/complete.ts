import { resolve } from 'node:path';
import { isPlainObject } from '../reading/mapping.ts';
import { type FileTexts, type NamingParts, nameAt } from '../reading/named-files.ts';
import type { Path } from '../reading/sourced.ts';
import type {
  AgentsConfig,
  Config,
  ExplainConfig,
  HostConfig,
  ListenerConfig,
  PoolConfig,
  StateConfig,
  TokenConfig,
  WrittenConfig,
  WrittenListener,
  WrittenPool,
} from '../schema/schema.ts';
import type { AddedHost } from './added-hosts.ts';
import { adminFrom } from './admin-auth.ts';
import type { Credentials } from './credentials.ts';
import { sessionsFrom, stickyFrom } from './sessions-config.ts';
import type { ListenerTls, ServerTls } from './tls-config.ts';
import { tokenLines } from './token-lines.ts';

/** What a configuration is completed with. */
export interface CompletingParts extends NamingParts {
  /** All that the configuration names, read without a problem. */
  readonly texts: FileTexts;
  /** Hosts that no file names: they do not make a configuration one with hosts. */
  readonly added: readonly AddedHost[];
}

/** Some file names hosts, and so says which requests go where. */
const hasHosts = (hosts: readonly HostConfig[], added: readonly AddedHost[]): boolean => {
  const names = new Set(added.map(({ name }) => name));
  return hosts.some(({ name }) => !names.has(name)) || added.some(({ text }) => text === undefined);
};

const freeze = <T>(value: T): T => {
  if (!Array.isArray(value) && !isPlainObject(value)) return value;
  Object.values(value).forEach(freeze);
  return Object.freeze(value);
};

const textAt = (texts: FileTexts, path: Path): string => {
  const text = texts.at(path);
  if (text === undefined) throw new TypeError(`the file at ${path.join('.')} was not read`);
  return text;
};

const listenerTls = (
  { certificates, ticketKeys, clientCa }: NonNullable<WrittenListener['tls']>,
  path: Path,
  texts: FileTexts,
): ListenerTls => ({
  certificates: certificates.map(({ cert, key }, i) => ({
    cert: textAt(texts, [...path, 'certificates', i, 'cert']),
    certFile: cert,
    key: textAt(texts, [...path, 'certificates', i, 'key']),
    keyFile: key,
  })),
  ...(ticketKeys === undefined
    ? {}
    : { ticketKeys: textAt(texts, [...path, 'ticketKeys']), ticketKeysFile: ticketKeys }),
  ...(clientCa === undefined
    ? {}
    : { clientCa: textAt(texts, [...path, 'clientCa']), clientCaFile: clientCa }),
});

const listener = ({ tls, ...rest }: WrittenListener, path: Path, texts: FileTexts): ListenerConfig =>
  tls ? { ...rest, tls: listenerTls(tls, [...path, 'tls'], texts) } : rest;

const serverTls = (
  { ca, cert, key, ...rest }: WrittenPool['tls'],
  path: Path,
  texts: FileTexts,
): ServerTls => ({
  ...rest,
  ...(ca === undefined ? {} : { ca: textAt(texts, [...path, 'ca']), caFile: ca }),
  ...(cert === undefined ? {} : { cert: textAt(texts, [...path, 'cert']), certFile: cert }),
  ...(key === undefined ? {} : { key: textAt(texts, [...path, 'key']), keyFile: key }),
});

const credentialsFrom = (
  { user = '', password, passwordFile, bearerFile }: NonNullable<WrittenPool['credentials']>,
  path: Path,
  texts: FileTexts,
): Credentials => {
  if (bearerFile !== undefined) return { bearer: textAt(texts, [...path, 'bearerFile']), bearerFile };
  return passwordFile === undefined
    ? { user, password: password ?? '' }
    : { user, password: textAt(texts, [...path, 'passwordFile']), passwordFile };
};

const pool = (
  { tls, credentials, discovery, sticky, ...rest }: WrittenPool,
  path: Path,
  parts: CompletingParts,
): PoolConfig => ({
  ...rest,
  tls: serverTls(tls, [...path, 'tls'], parts.texts),
  ...(discovery ? { discovery: discoveryFrom(discovery, path, parts) } : {}),
  ...(sticky ? { sticky: stickyFrom(sticky, [...path, 'sticky'], parts.texts) } : {}),
  ...(credentials
    ? { credentials: credentialsFrom(credentials, [...path, 'credentials'], parts.texts) }
    : {}),
});

const discoveryFrom = (
  { file, ...rest }: NonNullable<WrittenPool['discovery']>,
  path: Path,
  parts: CompletingParts,
): NonNullable<PoolConfig['discovery']> =>
  file === undefined ? rest : { ...rest, file: resolve(nameAt([...path, 'discovery', 'file'], file, parts)) };

const tokensFrom = (
  { token, tokenFile, tokens = [] }: NonNullable<WrittenConfig['agents']>,
  texts: FileTexts,
): readonly TokenConfig[] => {
  const named = (file: string | undefined) => (file === undefined ? {} : { tokenFile: file });
  const own = tokenLines(token, ['agents'], texts);
  return [
    ...(own.length > 0 ? [{ name: 'agents', secrets: own, ...named(tokenFile) }] : []),
    ...tokens.map(({ token: written, tokenFile: file, ...rest }, i) => ({
      ...rest,
      secrets: tokenLines(written, ['agents', 'tokens', i], texts),
      ...named(file),
    })),
  ];
};

const agentsFrom = (written: NonNullable<WrittenConfig['agents']>, texts: FileTexts): AgentsConfig => {
  const { listen, rate, tls } = written;
  const at = (key: string): string => textAt(texts, ['agents', 'tls', key]);
  return {
    listen,
    rate,
    tokens: tokensFrom(written, texts),
    ...(tls && {
      tls: {
        cert: at('cert'),
        certFile: tls.cert,
        key: at('key'),
        keyFile: tls.key,
        ...(tls.clientCa === undefined ? {} : { clientCa: at('clientCa'), clientCaFile: tls.clientCa }),
      },
    }),
  };
};

const stateFrom = (
  { tls, token, ...rest }: NonNullable<WrittenConfig['state']>,
  texts: FileTexts,
): StateConfig => {
  const password = texts.at(['state', 'passwordFile']);
  return {
    ...rest,
    tls: serverTls(tls, ['state', 'tls'], texts),
    ...(password === undefined ? {} : { password }),
    secrets: tokenLines(token, ['state'], texts),
  };
};

const explainFrom = (
  { token, ...rest }: NonNullable<WrittenConfig['explain']>,
  texts: FileTexts,
): ExplainConfig => ({ ...rest, secrets: tokenLines(token, ['explain'], texts) });

/** Files that are named and not read here, by their absolute paths. */
const namedFrom = (
  { eventLog, tracing }: Pick<WrittenConfig, 'eventLog' | 'tracing'>,
  parts: NamingParts,
): Pick<Config, 'eventLog' | 'tracing'> => ({
  ...(eventLog ? { eventLog: { file: resolve(nameAt(['eventLog', 'file'], eventLog.file, parts)) } } : {}),
  ...(tracing?.module === undefined
    ? {}
    : { tracing: { ...tracing, module: resolve(nameAt(['tracing', 'module'], tracing.module, parts)) } }),
});

const accessLogFrom = (
  { file, ...rest }: NonNullable<WrittenConfig['accessLog']>,
  parts: NamingParts,
): NonNullable<Config['accessLog']> => ({
  ...rest,
  file: file === 'stdout' ? file : resolve(nameAt(['accessLog', 'file'], file, parts)),
});

/** Puts in what the files say that a configuration names, and the route that goes without saying. */
export const complete = (
  { include: _, listen, pools, routes, agents, state, explain, accessLog, record, ...more }: WrittenConfig,
  parts: CompletingParts,
): Config => {
  const { texts } = parts;
  const { adminAuth, adminTls, sessions, pidFile, hosts = [], ...rest } = more;
  const [onlyPool = ''] = Object.keys(pools);
  return freeze({
    ...rest,
    listen: listen.map((one, i) => listener(one, ['listen', i], texts)),
    pools: Object.fromEntries(
      Object.entries(pools).map(([name, one]) => [name, pool(one, ['pools', name], parts)]),
    ),
    routes: routes ?? (hasHosts(hosts, parts.added) ? [] : [{ pool: onlyPool }]),
    hosts,
    ...adminFrom(adminAuth, adminTls, texts),
    ...sessionsFrom(sessions, texts),
    ...(pidFile && { pidFile: resolve(nameAt(['pidFile'], pidFile, parts)) }),
    ...(agents ? { agents: agentsFrom(agents, texts) } : {}),
    ...(state ? { state: stateFrom(state, texts) } : {}),
    ...(explain ? { explain: explainFrom(explain, texts) } : {}),
    ...(accessLog ? { accessLog: accessLogFrom(accessLog, parts) } : {}),
    ...namedFrom(rest, parts),
    ...(record
      ? { record: { ...record, file: resolve(nameAt(['record', 'file'], record.file, parts)) } }
      : {}),
  });
};
