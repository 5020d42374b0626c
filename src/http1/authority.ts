import { endOfRegName, HEX, isDigit } from './byte-tables.ts';

// Not imported: what a module has itself V8 compiles in as a constant.
const COLON = 0x3a;
const DOT = 0x2e;
const PERCENT = 0x25;
const OPENING = 0x5b;
const CLOSING = 0x5d;
const IPV6_GROUPS = 8;
const MAX_PORT = 65_535;
const MAX_PORT_DIGITS = 5;

const isHex = (bytes: Uint8Array, at: number, end: number): boolean =>
  at < end && HEX[bytes[at] as number] !== 0;

/** Four decimal numbers to 255 without leading zeros (RFC 3986, 3.2.2), and nothing behind them. */
const isIpv4 = (bytes: Uint8Array, start: number, end: number): boolean => {
  let at = start;
  for (let part = 0; part < 4; part++) {
    if (part > 0 && bytes[at++] !== DOT) return false;
    const first = at;
    let value = 0;
    for (; at < end && isDigit(bytes[at] as number) && at - first < 3; at++)
      value = value * 10 + (bytes[at] as number) - 0x30;
    const hasZero = at - first > 1 && bytes[first] === 0x30;
    if (at === first || value > 255 || hasZero) return false;
  }
  return at === end;
};

/** IPv6address (RFC 3986, 3.2.2): eight groups, or fewer with one `::`; the last two may be an IPv4 address. */
const isIpv6 = (bytes: Uint8Array, start: number, end: number): boolean => {
  let groups = 0;
  let isShortened = end - start >= 2 && bytes[start] === COLON && bytes[start + 1] === COLON;
  let at = isShortened ? start + 2 : start;
  while (at < end) {
    const group = at;
    while (at - group < 4 && isHex(bytes, at, end)) at++;
    if (at === group) return false;
    if (at < end && bytes[at] === DOT) {
      if (!isIpv4(bytes, group, end)) return false;
      groups += 2;
      break;
    }
    groups++;
    if (at === end) break;
    if (bytes[at++] !== COLON || at === end) return false;
    if (bytes[at] !== COLON) continue;
    if (isShortened) return false;
    isShortened = true;
    at++;
  }
  return isShortened ? groups < IPV6_GROUPS : groups === IPV6_GROUPS;
};

/** Offset behind the host, or -1. Neither zone ids nor IPvFuture: nobody sends them, and programs read them differently. */
const hostEndOf = (bytes: Uint8Array, start: number, end: number): number => {
  if (bytes[start] === OPENING) {
    let at = start + 1;
    while (at < end && bytes[at] !== CLOSING) at++;
    return at < end && isIpv6(bytes, start + 1, at) ? at + 1 : -1;
  }
  let at = endOfRegName(bytes, start, end);
  while (at < end && bytes[at] === PERCENT) {
    if (!isHex(bytes, at + 1, end) || !isHex(bytes, at + 2, end)) return -1;
    at = endOfRegName(bytes, at + 3, end);
  }
  return at === start ? -1 : at;
};

/** The end of an authority's host: nothing, or a colon and a port. */
const isPort = (bytes: Uint8Array, start: number, end: number, mayBeEmpty: boolean): boolean => {
  if (start === end) return mayBeEmpty;
  if (bytes[start] !== COLON || end - start - 1 > MAX_PORT_DIGITS) return false;
  let port = 0;
  for (let at = start + 1; at < end; at++) {
    if (!isDigit(bytes[at] as number)) return false;
    port = port * 10 + (bytes[at] as number) - 0x30;
  }
  return port <= MAX_PORT && (mayBeEmpty || end - start > 1);
};

/**
 * Whether `bytes[start, end)` is a host and perhaps a port, as in Host and in an http URL (RFC 9110, 4.2 and 7.2): a
 * name, an IPv4 address or an IPv6 address in brackets, never empty; the port may be (`host:`). No userinfo (4.2.4).
 */
export const isAuthority = (bytes: Uint8Array, start: number, end: number): boolean => {
  const hostEnd = hostEndOf(bytes, start, end);
  return hostEnd >= 0 && isPort(bytes, hostEnd, end, true);
};

/** The target of CONNECT (RFC 9112, 3.2.3): as above, but with a port. */
export const isConnectAuthority = (bytes: Uint8Array, start: number, end: number): boolean => {
  const hostEnd = hostEndOf(bytes, start, end);
  return hostEnd >= 0 && isPort(bytes, hostEnd, end, false);
};
