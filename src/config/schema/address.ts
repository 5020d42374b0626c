import { isIP } from 'node:net';
import { parseAddressRule } from '../../core/accept.ts';

/** Where the proxy or the admin server listens. */
export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** Where reports of agents are taken. */
export type AgentAddress =
  | { readonly kind: 'http' | 'https'; readonly host: string; readonly port: number }
  | {
      /** `heartbeat`: packets of Apache's mod_heartbeat, which nobody signs. */
      readonly kind: 'udp' | 'heartbeat';
      /** An IP literal. */
      readonly host: string;
      readonly port: number;
      /** The host is a group to join, not an address of this machine. */
      readonly multicast: boolean;
      /** How many routers a datagram may pass; 1..255. */
      readonly ttl?: number;
      /** Own address, as an IP literal, of the network on which the group is joined. */
      readonly interface?: string;
      /** The host is the broadcast address of a network, though it does not end in .255. */
      readonly broadcast?: boolean;
      /** Ranges of the addresses that heartbeats are believed of. */
      readonly from?: readonly string[];
    };

const HOST_AND_PORT = /^(?:http:\/\/)?(?:\[([0-9a-f:.]+)\]|([a-z0-9]([a-z0-9.-]*[a-z0-9])?)):(\d{1,5})\/?$/i;
const UDP = /^(udp|heartbeat):\/\/(?:\[([0-9a-f:.]+)\]|([\d.]+)):(\d{1,5})(?:\?(.*))?$/i;
/** Longest path of a unix socket on Linux: 108 bytes with the closing NUL (unix(7)). */
const MAX_SOCKET_PATH = 107;

const isHost = (v6: string | undefined, other: string | undefined): boolean => {
  if (v6 !== undefined) return isIP(v6) === 6;
  return other !== undefined && (!/^[\d.]+$/.test(other) || isIP(other) === 4);
};

/**
 * Reads `127.0.0.1:8080`, `[::1]:8080`, `http://host:8080`, `unix:/run/forehand.sock`; undefined for anything else.
 * Port 0 stands for any free port. The path of a unix socket is absolute.
 */
export const parseListenAddress = (text: string): ListenAddress | undefined => {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length);
    const fits = path.startsWith('/') && Buffer.byteLength(path) <= MAX_SOCKET_PATH && !path.includes('\0');
    return fits ? { kind: 'unix', path } : undefined;
  }
  const match = HOST_AND_PORT.exec(text);
  const port = Number(match?.[4]);
  if (!match || port > 65_535 || !isHost(match[1], match[2])) return undefined;
  return { kind: 'tcp', host: match[1] ?? match[2] ?? '', port };
};

/** 224.0.0.0/4 (RFC 5771) and ff00::/8 (RFC 4291, 2.7). */
const isMulticast = (host: string): boolean =>
  isIP(host) === 4 ? /^2(2[4-9]|3\d)\./.test(host) : /^ff/i.test(host);

interface UdpSettings {
  ttl?: number;
  interface?: string;
  broadcast?: boolean;
  from?: readonly string[];
}

const isRange = (text: string): boolean =>
  /^[0-9a-f:.]+(\/\d{1,3})?$/i.test(text) && parseAddressRule(text) !== undefined;

/** Takes one parameter, or says what is wrong with it. */
const takeParameter = (settings: UdpSettings, name: string, value: string): string | undefined => {
  if (name === 'ttl') {
    const ttl = Number(value);
    if (!/^\d+$/.test(value) || ttl < 1 || ttl > 255) return `expected a ttl of 1 to 255, got "${value}"`;
    settings.ttl = ttl;
    return undefined;
  }
  if (name === 'interface') {
    if (isIP(value) === 0) return `expected the IP address of an interface, got "${value}"`;
    settings.interface = value;
    return undefined;
  }
  if (name === 'broadcast') {
    if (value !== '0' && value !== '1') return `expected 0 or 1 after \`broadcast\`, got "${value}"`;
    settings.broadcast = value === '1';
    return undefined;
  }
  const ranges = value.split(',');
  const wrong = ranges.find((range) => !isRange(range));
  if (wrong !== undefined) return `expected ranges such as 10.0.0.0/8 after \`from\`, got "${wrong}"`;
  settings.from = ranges;
  return undefined;
};

const udpSettings = (kind: 'udp' | 'heartbeat', query: string): UdpSettings | string => {
  const settings: UdpSettings = {};
  const known = ['interface', 'broadcast', kind === 'udp' ? 'ttl' : 'from'];
  for (const [name, value] of new URLSearchParams(query)) {
    const fault = known.includes(name)
      ? takeParameter(settings, name, value)
      : `unknown parameter \`${name}\`; known are ${known.map((one) => `\`${one}\``).join(', ')}`;
    if (fault !== undefined) return fault;
  }
  return settings;
};

/** http and https. */
const parseHttpAddress = (text: string): AgentAddress | undefined => {
  const kind = /^(https?):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (kind !== 'http' && kind !== 'https') return undefined;
  const address = parseListenAddress(text.replace(/^https/i, 'http'));
  return address?.kind === 'tcp' ? { ...address, kind } : undefined;
};

/**
 * Reads `http://127.0.0.1:9091`, `https://...`, `udp://0.0.0.0:4445`, `udp://239.255.221.20:4445?ttl=1&interface=10.0.0.5`,
 * `heartbeat://239.0.0.1:27999?from=10.0.0.0/8`. For anything else, what is wrong with it in words.
 */
export const parseAgentAddress = (text: string): AgentAddress | string => {
  const http = parseHttpAddress(text);
  if (http) return http;
  const match = UDP.exec(text);
  const kind = match?.[1]?.toLowerCase() === 'heartbeat' ? 'heartbeat' : 'udp';
  const host = match?.[2] ?? match?.[3] ?? '';
  const port = Number(match?.[4]);
  if (!match || isIP(host) === 0 || port > 65_535)
    return `expected an address such as http://127.0.0.1:9091 or udp://0.0.0.0:4445, got ${JSON.stringify(text)}`;
  const settings = udpSettings(kind, match[5] ?? '');
  if (typeof settings === 'string') return settings;
  const multicast = isMulticast(host);
  if (!multicast && (settings.ttl ?? settings.interface) !== undefined)
    return `\`ttl\` and \`interface\` are for multicast groups, and ${host} is none`;
  return { kind, host, port, multicast, ...settings };
};
