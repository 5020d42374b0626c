import { addressBytes, asIPv6Bytes, shortAddress } from './proxy-protocol-address.ts';
import type { ProxyEndpoint } from './proxy-protocol-scan.ts';
import { PROXY_V2_FIXED, PROXY_V2_LOCAL, PROXY_V2_PROXY, PROXY_V2_SIGNATURE } from './proxy-protocol-v2.ts';

/** Text of an address where the other one is IPv6. */
const asIPv6 = (address: string): string => (address.includes(':') ? address : `::ffff:${address}`);

const textHeader = (source: ProxyEndpoint, destination: ProxyEndpoint): Buffer => {
  const [from, to] = [shortAddress(source.address), shortAddress(destination.address)];
  const isIPv6 = from.includes(':') || to.includes(':');
  const addresses = isIPv6 ? `TCP6 ${asIPv6(from)} ${asIPv6(to)}` : `TCP4 ${from} ${to}`;
  return Buffer.from(`PROXY ${addresses} ${source.port} ${destination.port}\r\n`, 'latin1');
};

const fixedPart = (command: number, family: number, length: number): Buffer => {
  const fixed = Buffer.alloc(PROXY_V2_FIXED);
  PROXY_V2_SIGNATURE.copy(fixed);
  fixed[12] = command;
  fixed[13] = family;
  fixed.writeUInt16BE(length, 14);
  return fixed;
};

const binaryHeader = (from: Buffer, to: Buffer, ports: readonly [number, number]): Buffer => {
  const isIPv6 = from.length === 16 || to.length === 16;
  const addresses = isIPv6 ? [asIPv6Bytes(from), asIPv6Bytes(to)] : [from, to];
  const tail = Buffer.alloc(4);
  tail.writeUInt16BE(ports[0], 0);
  tail.writeUInt16BE(ports[1], 2);
  const rest = Buffer.concat([...addresses, tail]);
  return Buffer.concat([fixedPart(PROXY_V2_PROXY, isIPv6 ? 0x21 : 0x11, rest.length), rest]);
};

/**
 * The header that tells a server whose connection we forward: `source` is the client, `destination` what it connected
 * to. It goes out before anything else on a new connection, also before a TLS handshake.
 * Ends that are no IP addresses (unix sockets) are sent as unknown. IPv4 beside IPv6 goes out in IPv6 form.
 * Source: proxy-protocol.txt of HAProxy, sections 2.1 and 2.2. Throws RangeError for a port outside 0..65535.
 */
export const proxyHeader = (version: 1 | 2, source: ProxyEndpoint, destination: ProxyEndpoint): Buffer => {
  for (const { port } of [source, destination])
    if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new RangeError(`no port: ${port}`);
  const [from, to] = [addressBytes(source.address), addressBytes(destination.address)];
  const isKnown = from !== undefined && to !== undefined;
  if (version === 1) return isKnown ? textHeader(source, destination) : Buffer.from('PROXY UNKNOWN\r\n');
  return isKnown ? binaryHeader(from, to, [source.port, destination.port]) : fixedPart(PROXY_V2_PROXY, 0, 0);
};

/** The header of a connection that we make for ourselves, such as a health check: the server takes it as it is. */
export const ownProxyHeader = (version: 1 | 2): Buffer =>
  version === 1 ? Buffer.from('PROXY UNKNOWN\r\n') : fixedPart(PROXY_V2_LOCAL, 0, 0);
