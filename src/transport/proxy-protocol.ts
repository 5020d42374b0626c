import { PARTIAL, type ProxyScan } from './proxy-protocol-scan.ts';
import { scanProxyV1 } from './proxy-protocol-v1.ts';
import { scanProxyV2 } from './proxy-protocol-v2.ts';

/** `P`, with which version 1 begins. Version 2 begins with a line end. */
const FIRST_OF_V1 = 0x50;

/**
 * Reads the header of the PROXY protocol at `bytes[from, to)`, version 1 (text) or 2 (binary).
 * Strict: what the specification does not allow is malformed. Splitting the input anywhere gives the same result.
 * Source: "The PROXY protocol, versions 1 & 2", proxy-protocol.txt of HAProxy, section 2.
 */
export const scanProxyHeader = (bytes: Buffer, from: number, to: number): ProxyScan => {
  if (from === to) return PARTIAL;
  return bytes[from] === FIRST_OF_V1 ? scanProxyV1(bytes, from, to) : scanProxyV2(bytes, from, to);
};
