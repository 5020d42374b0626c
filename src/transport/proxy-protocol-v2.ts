import { readAddress } from './proxy-protocol-address.ts';
import { MALFORMED, PARTIAL, type ProxyEnds, type ProxyScan } from './proxy-protocol-scan.ts';

/** The bytes that version 2 begins with (section 2.2). */
export const PROXY_V2_SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');

/** Signature, version and command, family and protocol, length. */
export const PROXY_V2_FIXED = 16;

/** Most bytes behind the fixed part that are taken: addresses and TLVs. Senders use far less. */
export const PROXY_V2_MOST = 4096;

/** Version 2 in the upper half of the 13th byte, the command in the lower. */
export const PROXY_V2_LOCAL = 0x20;
/** See PROXY_V2_LOCAL: a connection that is relayed for somebody else. */
export const PROXY_V2_PROXY = 0x21;

/** Bytes of address for each family and protocol that is assigned. All others are malformed (section 2.2). */
const ADDRESS_BYTES: ReadonlyMap<number, number> = new Map([
  [0x00, 0], // UNSPEC
  [0x11, 12], // TCP over IPv4
  [0x12, 12], // UDP over IPv4
  [0x21, 36], // TCP over IPv6
  [0x22, 36], // UDP over IPv6
  [0x31, 216], // UNIX stream
  [0x32, 216], // UNIX datagram
]);

const TLV_HEAD = 3;

/** True where type-length-value records fill `bytes[from, to)` exactly. What they say is not used. */
const areTlvs = (bytes: Buffer, from: number, to: number): boolean => {
  let at = from;
  while (at + TLV_HEAD <= to) at += TLV_HEAD + bytes.readUInt16BE(at + 1);
  return at === to;
};

const ipEnds = (bytes: Buffer, at: number, size: number): ProxyEnds => ({
  source: { address: readAddress(bytes, at, size), port: bytes.readUInt16BE(at + 2 * size) },
  destination: { address: readAddress(bytes, at + size, size), port: bytes.readUInt16BE(at + 2 * size + 2) },
});

/**
 * Ends for TCP and unix streams. Datagrams cannot come over a stream, so what is said of them is left alone, as
 * HAProxy and nginx do.
 */
const endsOf = (bytes: Buffer, family: number, at: number): ProxyEnds | undefined => {
  if (family === 0x11) return ipEnds(bytes, at, 4);
  if (family === 0x21) return ipEnds(bytes, at, 16);
  if (family !== 0x31) return undefined;
  return { source: { address: '', port: 0 }, destination: { address: '', port: 0 } };
};

/** False as soon as the bytes that are there cannot begin a header. */
const beginsWell = (bytes: Buffer, from: number, to: number): boolean => {
  const signed = Math.min(PROXY_V2_SIGNATURE.length, to - from);
  if (PROXY_V2_SIGNATURE.compare(bytes, from, from + signed, 0, signed) !== 0) return false;
  const command = to - from > 12 ? bytes[from + 12] : PROXY_V2_PROXY;
  return command === PROXY_V2_PROXY || command === PROXY_V2_LOCAL;
};

/** Reads a header of version 2 at `bytes[from, to)`. */
export const scanProxyV2 = (bytes: Buffer, from: number, to: number): ProxyScan => {
  if (!beginsWell(bytes, from, to)) return MALFORMED;
  if (to - from < PROXY_V2_FIXED) return PARTIAL;
  const family = bytes[from + 13] as number;
  const length = bytes.readUInt16BE(from + 14);
  const isLocal = bytes[from + 12] === PROXY_V2_LOCAL;
  // The family of a LOCAL header is to be ignored, so nothing is known of what follows but its length.
  const addresses = isLocal ? 0 : ADDRESS_BYTES.get(family);
  if (addresses === undefined || length < addresses || length > PROXY_V2_MOST) return MALFORMED;
  const start = from + PROXY_V2_FIXED;
  const end = start + length;
  if (to < end) return PARTIAL;
  if (isLocal) return { kind: 'complete', end, ends: undefined };
  // "the receiver should ignore" all that follows an unknown address.
  if (family !== 0 && !areTlvs(bytes, start + addresses, end)) return MALFORMED;
  return { kind: 'complete', end, ends: endsOf(bytes, family, start) };
};
