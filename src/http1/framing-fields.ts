import { COMMA, endOfToken, HTAB, SP } from './byte-tables.ts';
import { isCaseless } from './caseless.ts';
import { TRANSFER_ENCODING } from './field-kind.ts';
import type { FieldTable } from './field-table.ts';

/** The longest Content-Length in digits: every number of 15 digits is exact in JavaScript. */
const MAX_LENGTH_DIGITS = 15;
const ZERO = 0x30;
const CHUNKED = Buffer.from('chunked');

/** Content-Length (RFC 9110, 8.6): digits and nothing else; -1 for anything else, a list of equal numbers too. */
export const readContentLength = (bytes: Uint8Array, start: number, end: number): number => {
  if (start === end || end - start > MAX_LENGTH_DIGITS) return -1;
  let length = 0;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    length = length * 10 + digit;
  }
  return length;
};

/** Whether the value is the coding `chunked` alone (RFC 9112, 7.1; codings are case-insensitive: 7). */
export const isChunked = isCaseless('chunked');

const skipBlanks = (bytes: Uint8Array, at: number, end: number): number => {
  let next = at;
  while (next < end && (bytes[next] === SP || bytes[next] === HTAB)) next++;
  return next;
};

/**
 * Whether the value is a list of codings of which the last and no other is `chunked`: its framing is known, but what is
 * inside is not (RFC 9112, 6.1: 501).
 */
export const isCodedAndChunked = (bytes: Uint8Array, start: number, end: number): boolean => {
  let at = start;
  for (;;) {
    const coding = at;
    at = endOfToken(bytes, coding, end);
    if (at === coding) return false;
    const isLast = at === end;
    if (isChunked(bytes, coding, at)) return isLast && coding > start;
    at = skipBlanks(bytes, at, end);
    if (at >= end || bytes[at] !== COMMA) return false;
    at = skipBlanks(bytes, at + 1, end);
  }
};

const isLowerChunked = (bytes: Uint8Array, start: number, end: number): boolean => {
  if (end - start !== CHUNKED.length) return false;
  for (let i = 0; i < CHUNKED.length; i++) if (bytes[start + i] !== CHUNKED[i]) return false;
  return true;
};

/**
 * Whether line i, a valid framing field, is written as everybody writes it, so that it can go on as it came: one space
 * behind the colon, no blank behind the value, no leading zero, `chunked` in lower case. Others might read the rest in
 * another way.
 */
export const isPlainFraming = (
  fields: FieldTable,
  bytes: Uint8Array,
  i: number,
  lineEnd: number,
): boolean => {
  const { at } = fields;
  const start = at[4 * i + 2] as number;
  const end = at[4 * i + 3] as number;
  const hasOneSpace =
    start - (at[4 * i + 1] as number) === 2 && bytes[start - 1] === SP && end + 2 === lineEnd;
  if (fields.kinds[i] === TRANSFER_ENCODING) return hasOneSpace && isLowerChunked(bytes, start, end);
  return hasOneSpace && (bytes[start] !== ZERO || end - start === 1);
};
