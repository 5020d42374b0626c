import { addressOf, isLoopback } from '../../core/accept.ts';

/** How a TLS connection is made. Every text is PEM. */
export interface RedisTls {
  /** False takes any certificate. True if left out. */
  readonly verify?: boolean;
  /** The name that the certificate must be for; the host of the URL if left out. */
  readonly servername?: string;
  /** The authorities that may have signed it; those of Node if left out. */
  readonly ca?: string;
  /** Our own certificate and its key, for a server that asks for one. */
  readonly cert?: string;
  readonly key?: string;
}

/** Where a redis is, who we are there, and under which names we keep what is ours. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** Undefined: without TLS. */
  readonly tls: RedisTls | undefined;
  readonly prefix: string;
  /** It is on this machine: what nobody has signed may be taken from it. */
  readonly loopback: boolean;
  /** The URL without user and password, for people. */
  readonly shown: string;
}

/** What beats the URL. */
export interface RedisAddressOptions {
  readonly tls?: RedisTls;
  readonly prefix?: string;
  readonly password?: string;
}

export const DEFAULT_PREFIX = 'forehand:';
/** What IANA has for redis; a URL without a port means it. */
const DEFAULT_PORT = 6379;
/** Without `*`, `?`, `[` and `\`, which mean something in the pattern of a SCAN. */
const PREFIX = /^[\w.:@/-]{1,64}$/;

const dbOf = (path: string): number | undefined =>
  /^\/?\d{0,5}$/.test(path) ? Number(path.replace('/', '')) : undefined;

const decoded = (text: string): string | undefined => {
  if (text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/**
 * Reads `redis://user:password@host:6379/0?prefix=forehand:`, `rediss://` for TLS. User and password are
 * percent-decoded. `tls` is left aside for `redis://`. Throws TypeError that never shows user or password.
 */
export const parseRedisUrl = (text: string | URL, options: RedisAddressOptions = {}): RedisAddress => {
  const url = URL.canParse(String(text)) ? new URL(text) : undefined;
  if (!url || !/^rediss?:$/.test(url.protocol) || url.hostname === '')
    throw new TypeError('expected redis://host:port/db or rediss://host:port/db');
  const [host, port, db] = [addressOf(url), Number(url.port || DEFAULT_PORT), dbOf(url.pathname)];
  const where = `${url.protocol}//${url.hostname}:${port}`;
  const fail = (fault: string): never => {
    throw new TypeError(`${where}: ${fault}`);
  };
  if (db === undefined) return fail('expected the number of a database after the /, or nothing');
  if (url.hash !== '') fail('a fragment does not belong here');
  for (const name of url.searchParams.keys())
    if (name !== 'prefix') fail(`unknown option "${name}"; the only one is prefix`);
  const prefix = options.prefix ?? url.searchParams.get('prefix') ?? DEFAULT_PREFIX;
  if (!PREFIX.test(prefix))
    fail(`prefix: expected 1 to 64 letters, digits and . : @ / _ -, got ${JSON.stringify(prefix)}`);
  return {
    host,
    port,
    db,
    username: decoded(url.username),
    password: options.password ?? decoded(url.password),
    tls: url.protocol === 'rediss:' ? (options.tls ?? {}) : undefined,
    prefix,
    loopback: isLoopback(host),
    shown: `${where}/${db}`,
  };
};
