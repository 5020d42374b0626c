import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { hashBytes, type PasswordHash, parsePasswordHash, passwordHashText } from './password-hash.ts';

/** 32 MiB and three rounds: one of the equal choices of the OWASP Password Storage Cheat Sheet. */
const COSTS = { cost: 2 ** 15, block: 8, parallel: 3 };
const SALT_BYTES = 16;
const KEY_BYTES = 32;
/** OpenSSL counts some memory of its own to that of the algorithm. */
const SPARE_BYTES = 1024 * 1024;

/** On a thread of Node's pool, not on the event loop. */
const derive = (password: string, salt: Buffer, length: number, hash: PasswordHash): Promise<Buffer> => {
  const { cost, block, parallel } = hash;
  const options: ScryptOptions = { N: cost, r: block, p: parallel, maxmem: hashBytes(hash) + SPARE_BYTES };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, length, options, (fault, key) =>
      fault ? reject(fault) : resolve(key),
    );
  });
};

/** The line for a password that a configuration takes: another one each time, for the salt is random. */
export const hashPassword = async (
  password: string,
  costs: Pick<PasswordHash, 'cost' | 'block' | 'parallel'> = COSTS,
): Promise<string> => {
  const salt = randomBytes(SALT_BYTES);
  const hash = { ...costs, salt: salt.toString('base64'), key: '' };
  const key = await derive(password, salt, KEY_BYTES, hash);
  return passwordHashText({ ...hash, key: key.toString('base64') });
};

/**
 * True if the hash, as text, is of this password. False for a text that is no hash. Takes a fifth of a second of a
 * core and tens of MiB: whoever can be asked by strangers goes through PasswordChecks, which bounds that.
 */
export const verifyPassword = async (text: string, password: string): Promise<boolean> => {
  const hash = parsePasswordHash(text);
  if (!hash) return false;
  const expected = Buffer.from(hash.key, 'base64');
  const key = await derive(password, Buffer.from(hash.salt, 'base64'), expected.length, hash);
  return timingSafeEqual(key, expected);
};
