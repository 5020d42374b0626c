/** What is kept of a password: scrypt's parameters (RFC 7914), the salt and the key, these two in base64. */
export interface PasswordHash {
  /** CPU and memory cost, N: a power of two. */
  readonly cost: number;
  /** Block size, r. */
  readonly block: number;
  /** Parallelisation, p. */
  readonly parallel: number;
  readonly salt: string;
  readonly key: string;
}

/** More than 64 MiB for one check is no longer a safeguard but a way to exhaust the proxy. */
const MOST_BYTES = 64 * 1024 * 1024;
/** N * r * p: five times what `forehand hash-password` asks for, about a second of one core. */
const MOST_WORK = 2 ** 22;
/** RFC 7914, 2, leaves the least open; below this a stolen hash is as good as the password. */
const LEAST_COST = 1024;

const HASH =
  /^scrypt\$(\d{1,8})\$(\d{1,3})\$(\d{1,3})\$([A-Za-z0-9+/]{11,86}={0,2})\$([A-Za-z0-9+/]{43,86}={0,2})$/;

const isPowerOfTwo = (n: number): boolean => Number.isInteger(Math.log2(n));

/** Memory that one check takes, bytes (RFC 7914, 5 and 6). */
export const hashBytes = ({ cost, block, parallel }: PasswordHash): number => 128 * block * (cost + parallel);

/**
 * Reads `scrypt$N$r$p$salt$key` as `forehand hash-password` prints it. Undefined for anything else, and for parameters
 * that would take more than 64 MiB or a second, or that protect nothing.
 */
export const parsePasswordHash = (text: string): PasswordHash | undefined => {
  const match = HASH.exec(text);
  if (!match) return undefined;
  const [cost = 0, block = 0, parallel = 0] = match.slice(1, 4).map(Number);
  const hash = { cost, block, parallel, salt: match[4] ?? '', key: match[5] ?? '' };
  if (cost < LEAST_COST || !isPowerOfTwo(cost) || block < 1 || parallel < 1) return undefined;
  return hashBytes(hash) <= MOST_BYTES && cost * block * parallel <= MOST_WORK ? hash : undefined;
};

/** The hash as it is written into a configuration. */
export const passwordHashText = ({ cost, block, parallel, salt, key }: PasswordHash): string =>
  `scrypt$${cost}$${block}$${parallel}$${salt}$${key}`;
