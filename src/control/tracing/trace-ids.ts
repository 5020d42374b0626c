import { randomFillSync } from 'node:crypto';

/** Drawn at once: each call to the system costs more than many ids. */
const POOL_BYTES = 4096;

/** Random ids of traces and spans. */
export class TraceIds {
  readonly #pool = Buffer.allocUnsafe(POOL_BYTES);
  #at = POOL_BYTES;

  /** 16 bytes as hexadecimal digits, not all of them 0. */
  traceId(): string {
    return this.#hex(16);
  }

  /** 8 bytes. */
  spanId(): string {
    return this.#hex(8);
  }

  #hex(bytes: number): string {
    if (this.#at + bytes > POOL_BYTES) {
      randomFillSync(this.#pool);
      this.#at = 0;
    }
    // An id of zeros means none (W3C Trace Context, 3.2.2.3).
    if (this.#pool[this.#at] === 0) this.#pool[this.#at] = 1;
    const text = this.#pool.toString('hex', this.#at, this.#at + bytes);
    this.#at += bytes;
    return text;
  }
}
