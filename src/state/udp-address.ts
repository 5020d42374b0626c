import { isIP } from 'node:net';
import { type AddressRule, parseAddressRule } from '../core/accept.ts';

/** Where datagrams go, or where they are listened for. */
export interface UdpAddress {
  /** An IP literal without brackets, or a host name (IPv4 only). */
  readonly host: string;
  readonly port: number;
  readonly type: 'udp4' | 'udp6';
  readonly multicast: boolean;
  readonly broadcast: boolean;
  /** Routers that a multicast datagram may pass, plus one. 1: stays in its network. */
  readonly ttl: number;
  /** Address of the local interface for multicast; undefined: the system's choice. */
  readonly interface: string | undefined;
}

const isMulticast = (host: string): boolean => {
  const family = isIP(host);
  if (family === 6) return /^ff/i.test(host);
  return family === 4 && Number(host.split('.')[0]) >= 224 && Number(host.split('.')[0]) <= 239;
};

const fail = (text: string, fault: string): never => {
  throw new TypeError(`${text}: ${fault}`);
};

/** A URL of this scheme with host, port and no other options than these. */
const parseAddress = (
  text: string,
  scheme: string,
  options: readonly string[],
): { readonly address: UdpAddress; readonly query: URLSearchParams } => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const host = url?.hostname.replace(/^\[|\]$/g, '') ?? '';
  if (!url || url.protocol !== `${scheme}:` || host === '' || url.port === '')
    return fail(text, `expected ${scheme}://host:port`);
  const query = url.searchParams;
  if (!['', '/'].includes(url.pathname) || url.username !== '' || url.hash !== '')
    fail(text, `only host, port, ${options.slice(0, -1).join(', ')} and ${options.at(-1)} belong here`);
  for (const name of query.keys()) if (!options.includes(name)) fail(text, `unknown option "${name}"`);
  const ttl = Number(query.get('ttl') ?? 1);
  if (!Number.isInteger(ttl) || ttl < 0 || ttl > 255)
    fail(text, 'ttl: expected a whole number from 0 to 255');
  const local = query.get('interface') ?? undefined;
  if (local !== undefined && isIP(local) === 0) fail(text, 'interface: expected the address of an interface');
  const type = isIP(host) === 6 ? 'udp6' : 'udp4';
  const broadcast = query.get('broadcast') === '1' || (type === 'udp4' && /^[\d.]+\.255$/.test(host));
  const address: UdpAddress = {
    host,
    port: Number(url.port),
    type,
    multicast: isMulticast(host),
    broadcast,
    ttl,
    interface: local,
  };
  return { address, query };
};

/**
 * Reads `udp://host:port?ttl=1&interface=10.0.0.5&broadcast=1`. A multicast address (224.0.0.0/4, ff00::/8) and one
 * that ends in .255 are known as such. Throws TypeError that says what is wrong.
 */
export const parseUdpAddress = (text: string): UdpAddress =>
  parseAddress(text, 'udp', ['ttl', 'interface', 'broadcast']).address;

/** Where packets of Apache's mod_heartbeat are listened for, and from whom they are taken. */
export interface HeartbeatAddress {
  readonly at: UdpAddress;
  readonly from: readonly AddressRule[];
}

const rangesOf = (text: string, list: string): readonly AddressRule[] =>
  list.split(',').map((range) => {
    const rule = isIP(range.split('/')[0] ?? '') === 0 ? undefined : parseAddressRule(range);
    return rule ?? fail(text, `from: expected addresses or ranges such as 10.0.0.0/8, got "${range}"`);
  });

/**
 * Reads `heartbeat://239.0.0.1:27999?interface=10.0.0.5&from=10.0.0.0/8,192.0.2.7`. Nobody signs these packets, so
 * `from` says whose are taken; those of this machine if it is left out. Throws TypeError that says what is wrong.
 */
export const parseHeartbeatAddress = (text: string): HeartbeatAddress => {
  const { address, query } = parseAddress(text, 'heartbeat', ['interface', 'broadcast', 'from']);
  return { at: address, from: rangesOf(text, query.get('from') ?? '127.0.0.0/8,::1') };
};
