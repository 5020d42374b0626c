import { isIP } from 'node:net';
import { shortAddress } from './proxy-protocol-address.ts';
import { MALFORMED, PARTIAL, type ProxyEndpoint, type ProxyScan } from './proxy-protocol-scan.ts';

/** Longest line with its CRLF (section 2.1). */
const MAX_LINE = 107;
const PREFIX = Buffer.from('PROXY ');
const CR = 0x0d;
const LF = 0x0a;

/** Offset of the CR that ends the line, -1 if it has not come, -2 if something came that no line can hold. */
const lineEnd = (bytes: Buffer, from: number, to: number): number => {
  for (let at = from; at < to; at += 1) {
    if (at - from >= MAX_LINE - 1) return -2;
    const byte = bytes[at] as number;
    if (at - from < PREFIX.length && byte !== PREFIX[at - from]) return -2;
    if (byte === CR) return at;
    if (byte < 0x20 || byte > 0x7e) return -2;
  }
  return -1;
};

/** A port as section 2.1 wants it: decimal, 0..65535, no leading zeros. -1 for anything else. */
const portOf = (text: string): number => {
  const port = /^(?:0|[1-9]\d{0,4})$/.test(text) ? Number(text) : -1;
  return port > 65_535 ? -1 : port;
};

const endpoint = (family: number, address: string, port: number): ProxyEndpoint | undefined => {
  const isAddress = isIP(address) === family && !address.includes('%');
  return isAddress && port >= 0 ? { address: shortAddress(address), port } : undefined;
};

/** What a whole line says; `end` is the offset behind its CRLF. */
const readLine = (line: string, end: number): ProxyScan => {
  // "The receiver must ignore anything presented before the CRLF."
  if (line === 'PROXY UNKNOWN' || line.startsWith('PROXY UNKNOWN ')) {
    return { kind: 'complete', end, ends: undefined };
  }
  const [, protocol, from = '', to = '', fromPort = '', toPort = '', ...more] = line.split(' ');
  const family = protocol === 'TCP4' ? 4 : protocol === 'TCP6' ? 6 : 0;
  if (family === 0 || more.length > 0) return MALFORMED;
  const source = endpoint(family, from, portOf(fromPort));
  const destination = endpoint(family, to, portOf(toPort));
  return source && destination ? { kind: 'complete', end, ends: { source, destination } } : MALFORMED;
};

/** Reads a header of version 1, such as `PROXY TCP4 192.0.2.1 192.0.2.7 56324 443`, at `bytes[from, to)`. */
export const scanProxyV1 = (bytes: Buffer, from: number, to: number): ProxyScan => {
  const end = lineEnd(bytes, from, to);
  if (end === -2) return MALFORMED;
  if (end === -1 || end + 1 === to) return PARTIAL;
  return bytes[end + 1] === LF ? readLine(bytes.toString('latin1', from, end), end + 2) : MALFORMED;
};
