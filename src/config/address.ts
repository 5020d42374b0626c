import { isIP } from 'node:net';

/** Where the proxy or the admin server listens. */
export type ListenAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** Where reports of agents are taken. */
export type AgentAddress =
  | { readonly kind: 'http'; readonly host: string; readonly port: number }
  | {
      readonly kind: 'udp';
      /** An IP literal. */
      readonly host: string;
      readonly port: number;
      /** The host is a group to join, not an address of this machine. */
      readonly multicast: boolean;
      /** How many routers a datagram may pass; 1..255. */
      readonly ttl?: number;
      /** Own address, as an IP literal, of the network on which the group is joined. */
      readonly interface?: string;
    };

const HOST_AND_PORT = /^(?:http:\/\/)?(?:\[([0-9a-f:.]+)\]|([a-z0-9]([a-z0-9.-]*[a-z0-9])?)):(\d{1,5})\/?$/i;
const UDP = /^udp:\/\/(?:\[([0-9a-f:.]+)\]|([\d.]+)):(\d{1,5})(?:\?(.*))?$/i;
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

type UdpSettings = { -readonly [Key in 'ttl' | 'interface']?: Extract<AgentAddress, { kind: 'udp' }>[Key] };

const udpSettings = (query: string): UdpSettings | string => {
  const settings: UdpSettings = {};
  for (const [name, value] of new URLSearchParams(query)) {
    if (name === 'ttl') {
      const ttl = Number(value);
      if (!/^\d+$/.test(value) || ttl < 1 || ttl > 255) return `expected a ttl of 1 to 255, got "${value}"`;
      settings.ttl = ttl;
    } else if (name === 'interface') {
      if (isIP(value) === 0) return `expected the IP address of an interface, got "${value}"`;
      settings.interface = value;
    } else return `unknown parameter \`${name}\`; known are \`ttl\` and \`interface\``;
  }
  return settings;
};

/**
 * Reads `http://127.0.0.1:9091`, `udp://0.0.0.0:4445`, `udp://239.255.221.20:4445?ttl=1&interface=10.0.0.5`.
 * For anything else, what is wrong with it in words.
 */
export const parseAgentAddress = (text: string): AgentAddress | string => {
  if (/^http:\/\//i.test(text)) {
    const address = parseListenAddress(text);
    if (address?.kind === 'tcp') return { ...address, kind: 'http' };
  }
  const match = UDP.exec(text);
  const host = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3]);
  if (!match || isIP(host) === 0 || port > 65_535)
    return `expected an address such as http://127.0.0.1:9091 or udp://0.0.0.0:4445, got ${JSON.stringify(text)}`;
  const settings = udpSettings(match[4] ?? '');
  if (typeof settings === 'string') return settings;
  const multicast = isMulticast(host);
  if (!multicast && (settings.ttl ?? settings.interface) !== undefined)
    return `\`ttl\` and \`interface\` are for multicast groups, and ${host} is none`;
  return { kind: 'udp', host, port, multicast, ...settings };
};
