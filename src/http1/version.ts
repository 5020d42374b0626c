import { isDigit } from './byte-tables.ts';

/** Results of `scanVersion` below 0. */
export const VERSION_PARTIAL = -1;
export const VERSION_MALFORMED = -2;
export const VERSION_OTHER = -3;

const ONE = 0x31;
const ZERO = 0x30;
/** Zeros stand for any digit. */
const SHAPE = Buffer.from('HTTP/0.0');
/** Bytes of an HTTP version. */
export const VERSION_LENGTH = SHAPE.length;

/**
 * HTTP-version (RFC 9112, 2.3) at `at`: the minor version of HTTP/1.0 and HTTP/1.1; VERSION_OTHER for every other
 * version of that shape; the name is case-sensitive.
 */
export const scanVersion = (bytes: Uint8Array, at: number, end: number): number => {
  for (let i = 0; i < SHAPE.length; i++) {
    if (at + i >= end) return VERSION_PARTIAL;
    const byte = bytes[at + i] as number;
    const fits = SHAPE[i] === ZERO ? isDigit(byte) : byte === SHAPE[i];
    if (!fits) return VERSION_MALFORMED;
  }
  const minor = (bytes[at + 7] as number) - ZERO;
  return bytes[at + 5] === ONE && minor <= 1 ? minor : VERSION_OTHER;
};

/** Whether `HTTP/1.` stands at `at`. */
export const isVersion1 = (bytes: Uint8Array, at: number): boolean =>
  bytes[at] === 0x48 &&
  bytes[at + 1] === 0x54 &&
  bytes[at + 2] === 0x54 &&
  bytes[at + 3] === 0x50 &&
  bytes[at + 4] === 0x2f &&
  bytes[at + 5] === ONE &&
  bytes[at + 6] === 0x2e;
