import { resolve } from 'node:path';
import type { Credentials } from './credentials.ts';
import { isPlainObject } from './mapping.ts';
import { type FileTexts, type NamingParts, nameAt } from './named-files.ts';
import type {
  Config,
  ListenerConfig,
  PoolConfig,
  WrittenConfig,
  WrittenListener,
  WrittenPool,
} from './schema.ts';
import type { Path } from './sourced.ts';
import type { ListenerTls, ServerTls } from './tls-config.ts';

/** What a configuration is completed with. */
export interface CompletingParts extends NamingParts {
  /** All that the configuration names, read without a problem. */
  readonly texts: FileTexts;
}

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

const pool = ({ tls, credentials, ...rest }: WrittenPool, path: Path, texts: FileTexts): PoolConfig => ({
  ...rest,
  tls: serverTls(tls, [...path, 'tls'], texts),
  ...(credentials ? { credentials: credentialsFrom(credentials, [...path, 'credentials'], texts) } : {}),
});

/** An empty token is none. */
const agentsFrom = (
  { token: written, ...open }: NonNullable<WrittenConfig['agents']>,
  texts: FileTexts,
): NonNullable<Config['agents']> => {
  const token = texts.at(['agents', 'tokenFile']) ?? written;
  return { ...open, ...(token ? { token } : {}) };
};

const accessLogFrom = (
  { file, ...rest }: NonNullable<WrittenConfig['accessLog']>,
  parts: NamingParts,
): NonNullable<Config['accessLog']> => ({
  ...rest,
  file: file === 'stdout' ? file : resolve(nameAt(['accessLog', 'file'], file, parts)),
});

/** Puts in what the files say that a configuration names, and the route that goes without saying. */
export const complete = (
  { include: _, listen, pools, routes, agents, accessLog, ...rest }: WrittenConfig,
  parts: CompletingParts,
): Config => {
  const { texts } = parts;
  const [onlyPool = ''] = Object.keys(pools);
  return freeze({
    ...rest,
    listen: listen.map((one, i) => listener(one, ['listen', i], texts)),
    pools: Object.fromEntries(
      Object.entries(pools).map(([name, one]) => [name, pool(one, ['pools', name], texts)]),
    ),
    routes: routes ?? [{ pool: onlyPool }],
    ...(agents ? { agents: agentsFrom(agents, texts) } : {}),
    ...(accessLog ? { accessLog: accessLogFrom(accessLog, parts) } : {}),
  });
};
