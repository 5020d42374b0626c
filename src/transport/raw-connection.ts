import { getSystemErrorName } from 'node:util';
import { plainAddress } from './address-text.ts';
import type { Endpoint, StreamHandle, WriteRequest } from './bindings.ts';
import type { Connection, ConnectionOwner } from './connection.ts';
import type { RawStreams, ReceiveBuffer } from './raw-streams.ts';

/** libuv's UV_EOF, the same on every system. */
const END_OF_FILE = -4095;

const endpointOf = (ask: ((out: Endpoint) => number) | undefined, handle: StreamHandle): Endpoint => {
  const endpoint: Endpoint = { address: '', port: 0 };
  ask?.call(handle, endpoint);
  endpoint.address = plainAddress(endpoint.address ?? '');
  return endpoint;
};

/**
 * A connection over a handle of libuv. The addresses are asked of the system when somebody first wants to know them;
 * once it is closed it is too late.
 */
export class RawConnection implements Connection {
  owner: ConnectionOwner;
  listener = '';
  isClosed = false;
  readonly isEncrypted = false;
  readonly #streams: RawStreams;
  readonly #handle: StreamHandle;
  readonly #buffer: ReceiveBuffer;
  /** Connected, and the peer's FIN has not come. */
  #isReadable = false;
  #wantsData = true;
  #isBroken = false;
  #peer: Endpoint | undefined;
  #self: Endpoint | undefined;

  constructor(streams: RawStreams, handle: StreamHandle, owner: ConnectionOwner, buffer = streams.shared) {
    this.#streams = streams;
    this.#handle = handle;
    this.#buffer = buffer;
    this.owner = owner;
    handle.onread = () => this.#onRead();
    handle.useUserBuffer(buffer.from === 0 ? buffer.bytes : buffer.bytes.subarray(buffer.from));
  }

  /** Starts the traffic. To be called once, when the handle is connected. */
  begin(): void {
    if (this.isClosed) return;
    this.#handle.setNoDelay?.(true);
    this.#isReadable = true;
    if (this.#wantsData) this.#startReading();
  }

  /** How an attempt to connect ended: 0, or a negative system error. */
  onAttempted(status: number): void {
    if (this.isClosed) return;
    if (status < 0) {
      this.#fail(status);
      return;
    }
    this.begin();
    this.owner.onConnected();
  }

  /** Tells the owner of an error that came out of a call, once the call is over. */
  failLater(status: number): void {
    this.#isBroken = true;
    // One turn of the loop in between: a server that answers early and closes makes our write fail while its answer
    // waits to be read. So what had come before is heard first (RFC 9112 section 9.6 is about how it gets lost).
    setImmediate(() => setImmediate(() => this.#fail(status)));
  }

  write(bytes: Uint8Array): boolean {
    if (this.isClosed || this.#isBroken) return false;
    const streams = this.#streams;
    const kept = streams.isShared(bytes) ? streams.copyOfShared(bytes) : bytes;
    const request = streams.spareWrite;
    const status = this.#handle.writeBuffer(request, kept);
    if (status !== 0) {
      this.failLater(status);
      return false;
    }
    if (!streams.wasLastWriteAsync()) return true;
    streams.giveAway(kept);
    this.#finishLater(request, kept);
    return false;
  }

  readStop(): void {
    if (!this.#wantsData) return;
    this.#wantsData = false;
    if (this.#isReadable && !this.isClosed) this.#handle.readStop();
  }

  readStart(): void {
    if (this.#wantsData) return;
    this.#wantsData = true;
    if (this.#isReadable && !this.isClosed) this.#startReading();
  }

  end(): void {
    if (this.isClosed || this.#isBroken) return;
    // A failure means that the peer is gone, which reading or the next write tells.
    this.#handle.shutdown(this.#streams.shutdownRequest());
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.#handle.close();
  }

  reset(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    // Pipes cannot, and a TCP socket cannot while its FIN waits to be sent.
    if (this.#handle.reset?.() !== 0) this.#handle.close();
  }

  get remoteAddress(): string {
    return this.#remote().address;
  }

  set remoteAddress(address: string) {
    this.#remote().address = address;
  }

  get remotePort(): number {
    return this.#remote().port;
  }

  set remotePort(port: number) {
    this.#remote().port = port;
  }

  get localAddress(): string {
    return this.#local().address;
  }

  set localAddress(address: string) {
    this.#local().address = address;
  }

  get localPort(): number {
    return this.#local().port;
  }

  set localPort(port: number) {
    this.#local().port = port;
  }

  #remote(): Endpoint {
    this.#peer ??= endpointOf(this.#handle.getpeername, this.#handle);
    return this.#peer;
  }

  #local(): Endpoint {
    this.#self ??= endpointOf(this.#handle.getsockname, this.#handle);
    return this.#self;
  }

  #onRead(): undefined {
    const count = this.#streams.lastRead();
    if (this.isClosed) return;
    if (count > 0) {
      const { bytes, from } = this.#buffer;
      this.owner.onData(bytes, from, from + count);
    } else if (count < 0) this.#onNoMore(count);
  }

  #onNoMore(status: number): void {
    if (status !== END_OF_FILE) {
      this.#fail(status);
      return;
    }
    this.#isReadable = false;
    this.owner.onEnd();
  }

  #startReading(): void {
    const status = this.#handle.readStart();
    if (status < 0) this.failLater(status);
  }

  #finishLater(request: WriteRequest, bytes: Uint8Array): void {
    request.bytes = bytes;
    request.oncomplete = (status) => {
      if (this.isClosed) return;
      if (status < 0) this.#fail(status);
      else this.owner.onDrained();
    };
  }

  #fail(status: number): void {
    if (this.isClosed) return;
    this.close();
    this.owner.onFailed(getSystemErrorName(status));
  }
}
