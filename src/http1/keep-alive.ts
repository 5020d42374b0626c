import { COMMA, HTAB, isDigit, SP } from './byte-tables.ts';
import { beginsWith } from './caseless.ts';

const TIMEOUT = Buffer.from('timeout=');
/** Nobody keeps a connection for a thousand years; whoever says so is not believed. */
const MAX_DIGITS = 9;

const isEndOfMember = (byte: number): boolean => byte === COMMA || byte === SP || byte === HTAB;

const readNumber = (bytes: Uint8Array, start: number, end: number): number => {
  let at = start;
  let value = 0;
  for (; at < end && isDigit(bytes[at] as number) && at - start < MAX_DIGITS; at++)
    value = value * 10 + (bytes[at] as number) - 0x30;
  const isWhole = at > start && (at === end || isEndOfMember(bytes[at] as number));
  return isWhole ? value : -1;
};

/** Seconds after `timeout=` in the value of a Keep-Alive field (RFC 2068, 19.7.1.1), or -1. */
export const readKeepAliveTimeout = (bytes: Uint8Array, start: number, end: number): number => {
  for (let at = start; at + TIMEOUT.length < end; at++) {
    const isStart = at === start || isEndOfMember(bytes[at - 1] as number);
    if (isStart && beginsWith(bytes, at, TIMEOUT)) return readNumber(bytes, at + TIMEOUT.length, end);
  }
  return -1;
};
