import { scanProxyHeader } from './proxy-protocol.ts';
import type { ProxyScan } from './proxy-protocol-scan.ts';
import { PROXY_V2_FIXED, PROXY_V2_MOST } from './proxy-protocol-v2.ts';

/** A scan is never partial at this many bytes. */
const MOST = PROXY_V2_FIXED + PROXY_V2_MOST;

/** Reads one PROXY header that comes in pieces. Keeps bytes only if the first piece does not hold all of it. */
export class ProxyHeaderReader {
  #kept: Buffer | undefined;
  #count = 0;

  /** Takes the next piece, `bytes[start, end)`. `end` of a complete scan is an offset in this piece. */
  take(bytes: Buffer, start: number, end: number): ProxyScan {
    const before = this.#count;
    if (before === 0) {
      const scan = scanProxyHeader(bytes, start, end);
      if (scan.kind !== 'partial') return scan;
    }
    this.#kept ??= Buffer.allocUnsafe(MOST);
    this.#count += bytes.copy(this.#kept, before, start, end);
    const scan = scanProxyHeader(this.#kept, 0, this.#count);
    return scan.kind === 'complete' ? { ...scan, end: start + scan.end - before } : scan;
  }
}
