import type { Connection, ConnectionOwner, SocketAddress, Transport } from './connection.ts';
import { NOBODY } from './nobody.ts';

/** Owns a connection that we open until its header is with the kernel. */
class HeaderSender implements ConnectionOwner {
  connection: Connection | undefined;
  readonly #header: Uint8Array;
  readonly #owner: ConnectionOwner;

  constructor(header: Uint8Array, owner: ConnectionOwner) {
    this.#header = header;
    this.#owner = owner;
  }

  onConnected(): void {
    if (this.connection?.write(this.#header)) this.onDrained();
  }

  onDrained(): void {
    if (!this.connection) return;
    this.connection.owner = this.#owner;
    this.#owner.onConnected();
  }

  onData(): void {
    this.#refuse('EPROTO');
  }

  onEnd(): void {
    this.#refuse('ECONNRESET');
  }

  onFailed(code: string): void {
    this.#owner.onFailed(code);
  }

  /** A server that speaks or ends before it was sent anything is no HTTP server. */
  #refuse(code: string): void {
    if (!this.connection) return;
    this.connection.owner = NOBODY;
    this.connection.close();
    this.#owner.onFailed(code);
  }
}

/**
 * Connects, and has a header go out before anything else, that of the PROXY protocol: `onConnected` comes when it is
 * with the kernel.
 */
export const connectBehindHeader = (
  transport: Transport,
  address: SocketAddress,
  header: Uint8Array,
  owner: ConnectionOwner,
): Connection => {
  const sender = new HeaderSender(header, owner);
  sender.connection = transport.connect(address, sender);
  return sender.connection;
};
