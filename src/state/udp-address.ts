import { isIP } from 'node:net';

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

const OPTIONS = ['ttl', 'interface', 'broadcast'];

/**
 * Reads `udp://host:port?ttl=1&interface=10.0.0.5&broadcast=1`. A multicast address (224.0.0.0/4, ff00::/8) and one
 * that ends in .255 are known as such. Throws TypeError that says what is wrong.
 */
export const parseUdpAddress = (text: string): UdpAddress => {
  if (!URL.canParse(text)) return fail(text, 'expected udp://host:port');
  const url = new URL(text);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const query = url.searchParams;
  if (url.protocol !== 'udp:' || host === '' || url.port === '') fail(text, 'expected udp://host:port');
  if (!['', '/'].includes(url.pathname) || url.username !== '' || url.hash !== '')
    fail(text, 'only host, port, ttl, interface and broadcast belong here');
  for (const name of query.keys()) if (!OPTIONS.includes(name)) fail(text, `unknown option "${name}"`);
  const ttl = Number(query.get('ttl') ?? 1);
  if (!Number.isInteger(ttl) || ttl < 0 || ttl > 255)
    fail(text, 'ttl: expected a whole number from 0 to 255');
  const local = query.get('interface') ?? undefined;
  if (local !== undefined && isIP(local) === 0) fail(text, 'interface: expected the address of an interface');
  const type = isIP(host) === 6 ? 'udp6' : 'udp4';
  return {
    host,
    port: Number(url.port),
    type,
    multicast: isMulticast(host),
    broadcast: query.get('broadcast') === '1' || (type === 'udp4' && /^[\d.]+\.255$/.test(host)),
    ttl,
    interface: local,
  };
};
