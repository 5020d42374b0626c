import type { Bindings, ShutdownRequest, WriteRequest } from './bindings.ts';
import { RECEIVE_BYTES } from './receive-bytes.ts';

/** Where a connection puts what it receives: behind the first `from` bytes. */
export interface ReceiveBuffer {
  readonly bytes: Buffer;
  readonly from: number;
}

/** What all raw connections share: the state words of the last call, one receive buffer, and requests for calls. */
export class RawStreams {
  /**
   * For all accepted connections. libuv asks for a buffer, reads and calls `onread` without a pause, one connection
   * after the other, so nobody ever sees the bytes of another.
   */
  readonly shared: ReceiveBuffer = { bytes: Buffer.allocUnsafeSlow(RECEIVE_BYTES), from: 0 };
  /** For the next write. A write that finishes at once leaves it free, so that most writes make no object. */
  spareWrite: WriteRequest;
  readonly #sharedMemory = this.shared.bytes.buffer;
  #copy = Buffer.allocUnsafeSlow(RECEIVE_BYTES);
  readonly #state: Int32Array;
  readonly #readIndex: number;
  readonly #asyncIndex: number;
  readonly #bindings: Bindings;

  constructor(bindings: Bindings) {
    this.#bindings = bindings;
    this.#state = bindings.stream.streamBaseState;
    this.#readIndex = bindings.stream.kReadBytesOrError;
    this.#asyncIndex = bindings.stream.kLastWriteWasAsync;
    this.spareWrite = new bindings.stream.WriteWrap();
  }

  /** Bytes that the read which is being told of brought, or a negative system error. */
  lastRead(): number {
    return this.#state[this.#readIndex] ?? 0;
  }

  /** True if the last write goes on: its request and its bytes must be kept until it completes. */
  wasLastWriteAsync(): boolean {
    return this.#state[this.#asyncIndex] !== 0;
  }

  isShared(bytes: Uint8Array): boolean {
    return bytes.buffer === this.#sharedMemory;
  }

  /** Bytes of the shared buffer where the next read does not overwrite them, for one write. */
  copyOfShared(bytes: Uint8Array): Uint8Array {
    this.#copy.set(bytes);
    return this.#copy.subarray(0, bytes.length);
  }

  /** A write goes on: what it uses is replaced by something new. */
  giveAway(bytes: Uint8Array): void {
    this.spareWrite = new this.#bindings.stream.WriteWrap();
    if (bytes.buffer === this.#copy.buffer) this.#copy = Buffer.allocUnsafeSlow(RECEIVE_BYTES);
  }

  shutdownRequest(): ShutdownRequest {
    return new this.#bindings.stream.ShutdownWrap();
  }
}
