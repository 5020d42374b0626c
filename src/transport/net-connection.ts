import type { Socket } from 'node:net';
import { plainAddress } from './address-text.ts';
import type { Connection, ConnectionOwner } from './connection.ts';

/**
 * A connection over a socket of Node, plain or TLS. Whoever makes it hands received bytes to `received`, and says when
 * it is `connected`; everything else is heard here.
 */
export class NetConnection implements Connection {
  owner: ConnectionOwner;
  listener = '';
  isClosed = false;
  readonly isEncrypted: boolean;
  readonly #socket: Socket;
  #isEnded = false;
  #isWaiting = false;
  #remoteAddress: string | undefined;
  #remotePort: number | undefined;
  #localAddress: string | undefined;
  #localPort: number | undefined;

  constructor(socket: Socket, isEncrypted: boolean, owner: ConnectionOwner) {
    this.#socket = socket;
    this.isEncrypted = isEncrypted;
    this.owner = owner;
    socket
      .on('end', () => this.#onEnd())
      .on('error', (error: NodeJS.ErrnoException) => this.#fail(error.code ?? 'EIO'))
      .on('close', () => {
        if (!this.#isEnded) this.#fail('ECONNRESET');
      });
  }

  connected(): void {
    if (!this.isClosed) this.owner.onConnected();
  }

  received(bytes: Buffer, start: number, end: number): void {
    if (!this.isClosed) this.owner.onData(bytes, start, end);
  }

  write(bytes: Uint8Array): boolean {
    if (this.isClosed) return false;
    this.#socket.write(bytes, this.#onWritten);
    if (this.#socket.writableLength === 0 && this.#socket.errored === null) return true;
    this.#isWaiting = true;
    return false;
  }

  readStop(): void {
    if (!this.isClosed) this.#socket.pause();
  }

  readStart(): void {
    if (!this.isClosed) this.#socket.resume();
  }

  end(): void {
    if (!this.isClosed) this.#socket.end();
  }

  close(): void {
    this.isClosed = true;
    this.#socket.destroy();
  }

  reset(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    try {
      if (!this.#socket.connecting) this.#socket.resetAndDestroy();
    } catch {
      // Node can reset plain TCP only.
    }
    this.#socket.destroy();
  }

  get remoteAddress(): string {
    this.#remoteAddress ??= plainAddress(this.#socket.remoteAddress ?? '');
    return this.#remoteAddress;
  }

  set remoteAddress(address: string) {
    this.#remoteAddress = address;
  }

  get remotePort(): number {
    this.#remotePort ??= this.#socket.remotePort ?? 0;
    return this.#remotePort;
  }

  set remotePort(port: number) {
    this.#remotePort = port;
  }

  get localAddress(): string {
    this.#localAddress ??= plainAddress(this.#socket.localAddress ?? '');
    return this.#localAddress;
  }

  set localAddress(address: string) {
    this.#localAddress = address;
  }

  get localPort(): number {
    this.#localPort ??= this.#socket.localPort ?? 0;
    return this.#localPort;
  }

  set localPort(port: number) {
    this.#localPort = port;
  }

  /** Node calls it for every write, also for one that finished at once; those nobody waits for. */
  readonly #onWritten = (error?: Error | null): void => {
    if (!this.#isWaiting || error || this.isClosed || this.#socket.writableLength > 0) return;
    this.#isWaiting = false;
    this.owner.onDrained();
  };

  #onEnd(): void {
    this.#isEnded = true;
    if (!this.isClosed) this.owner.onEnd();
  }

  #fail(code: string): void {
    if (this.isClosed) return;
    this.close();
    this.owner.onFailed(code);
  }
}
