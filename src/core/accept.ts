import { BlockList, isIP } from 'node:net';

/** Decides whether an address, and a port where one matters, lies in a set of ranges. */
export interface AddressRule {
  readonly text: string;
  /** `address` is an IP literal without brackets, or a host name in lower case. */
  allows(address: string, port: number): boolean;
}

const RULE = /^(?:\[([0-9a-f:.]*:[0-9a-f:.]*)\]|([^/:[\]]+))(?:\/(\d{1,3}))?(?::(\d{1,5})(?:-(\d{1,5}))?)?$/i;

const addressTest = (
  host: string,
  prefix: string | undefined,
): ((address: string) => boolean) | undefined => {
  const family = isIP(host);
  if (family === 0) {
    if (prefix !== undefined || !/^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(host)) return undefined;
    const name = host.toLowerCase();
    return name.startsWith('*.')
      ? (address) => address.endsWith(name.slice(1))
      : (address) => address === name;
  }
  const bits = prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix);
  if (bits > (family === 4 ? 32 : 128)) return undefined;
  const ranges = new BlockList();
  ranges.addSubnet(host, bits, family === 4 ? 'ipv4' : 'ipv6');
  return (address) => {
    const kind = isIP(address);
    return kind !== 0 && ranges.check(address, kind === 4 ? 'ipv4' : 'ipv6');
  };
};

/**
 * Reads `10.0.0.0/8:8000-8999`, `[fd00::]/8:80`, `127.0.0.1`, `*.example.com:443`.
 * Without ports every port is allowed; without a prefix length one address. Undefined if the text is none of these.
 */
export const parseAddressRule = (text: string): AddressRule | undefined => {
  const bare =
    isIP(text) === 6 || /^[0-9a-f.]*:[0-9a-f:.]*\/\d{1,3}$/i.test(text)
      ? text.replace(/^([^/]+)/, '[$1]')
      : text;
  const match = RULE.exec(bare);
  if (!match) return undefined;
  const [, v6, other, prefix, first, last] = match;
  const test = addressTest(v6 ?? other ?? '', prefix);
  const low = Number(first ?? 0);
  const high = Number(last ?? first ?? 65_535);
  if (!test || low > high || high > 65_535) return undefined;
  return { text, allows: (address, port) => port >= low && port <= high && test(address) };
};

/** The host of a URL without brackets, as AddressRule wants it. */
export const addressOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

/** The port of an http or https URL, also where the URL leaves it out. */
export const portOf = (url: URL): number => Number(url.port || (url.protocol === 'https:' ? 443 : 80));

/** `host:port` of URLs that parseServerUrl has made. */
const addresses = new WeakMap<URL, string>();

const addressWithPort = (url: URL): string => `${url.hostname}:${portOf(url)}`;

/** `host:port` with the port always written: the id of a server that was given no other. */
export const hostAndPort = (url: URL): string => addresses.get(url) ?? addressWithPort(url);

const readServerUrl = (text: string): URL | undefined => {
  // A URL parser takes a backslash for a slash.
  if (!/^https?:\/\/[^/\\?#@\s]+\/?$/i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (portOf(url) === 0) return undefined;
  addresses.set(url, addressWithPort(url));
  return url;
};

/** As many as there may be servers in one pool, and longer than any that is in use. */
const [MAX_KEPT, MAX_KEPT_LENGTH] = [4096, 512];
/** Every report names the same servers again, and reading a URL costs as much as all its numbers. */
const kept = new Map<string, URL>();

/**
 * Reads the URL of a server: http or https, a host, nothing behind the port. Undefined for anything else. The same text
 * may give the same object: never change it.
 */
export const parseServerUrl = (text: string): URL | undefined => {
  const known = kept.get(text);
  if (known) return known;
  const url = readServerUrl(text);
  if (!url || text.length > MAX_KEPT_LENGTH) return url;
  if (kept.size >= MAX_KEPT) kept.clear();
  kept.set(text, url);
  return url;
};

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** True for 127.0.0.0/8, ::1, their IPv4-mapped forms and the name localhost. */
export const isLoopback = (host: string): boolean => {
  const address = host.replace(/^\[|\]$/g, '').toLowerCase();
  const family = isIP(address);
  return family === 0 ? address === 'localhost' : loopback.check(address, family === 4 ? 'ipv4' : 'ipv6');
};

/** The address without the IPv6 form that a dual-stack socket gives to IPv4: `::ffff:10.0.0.1` is 10.0.0.1. */
export const plainAddress = (address: string): string =>
  address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;

/** A hop without its port: `192.0.2.1:80` and `[2001:db8::1]:80` are addresses too (RFC 7239, 6). */
export const hopAddress = (hop: string): string =>
  plainAddress(/^\[([\da-f:.]+)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([\d.]+):\d+$/.exec(hop)?.[1] ?? hop);

/** True for a proxy whose word about who came to it is believed. */
export const isTrusted = (address: string, trusted: readonly AddressRule[]): boolean =>
  trusted.length > 0 && trusted.some((rule) => rule.allows(address, 0));

/**
 * From a trusted peer backwards through its hops to the first address that is not a trusted proxy. The walk ends before
 * what is no address: nobody can tell what came before it. `hops`: in lower case, without ports, farthest first.
 */
export const clientBehind = (
  peer: string,
  hops: readonly string[],
  trusted: readonly AddressRule[],
): string => {
  let client = peer;
  for (const hop of hops.toReversed()) {
    if (isIP(hop) === 0) return client;
    client = hop;
    if (!isTrusted(hop, trusted)) return client;
  }
  return client;
};
