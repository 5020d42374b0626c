import { RECEIVE_BYTES } from '../transport/receive-bytes.ts';

/** Bytes for the head that is sent to a server, and for what of the body came with it. */
const SENT_BYTES = 24 * 1024;
/** Bytes for one piece of a body: as much as is read at once. */
export const PIECE_BYTES = RECEIVE_BYTES;
/** Free buffers of a size that are kept. Only pages that were written to cost memory. */
const KEPT = 256;

/** Buffers of one size, used again last one first, so that they are still in the processor's cache. */
class BufferPool {
  readonly #size: number;
  readonly #free: Buffer[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#size);
  }

  /** Only for a buffer that nobody writes from or reads any more. */
  give(buffer: Buffer): void {
    if (buffer.length === this.#size && this.#free.length < KEPT) this.#free.push(buffer);
  }
}

/** For heads on their way to a server. */
export const sentBuffers = new BufferPool(SENT_BYTES);
/** For pieces of request bodies and tunnels. */
export const pieceBuffers = new BufferPool(PIECE_BYTES);
