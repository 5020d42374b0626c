import type { Termination } from '../core/exchange.ts';
import type { Server } from '../core/types.ts';
import { pieceBuffers } from './buffers.ts';
import type { Exchange } from './exchange.ts';
import type { ServerConnection } from './server-connection.ts';

/** What an exchange becomes when the protocol has been switched: bytes both ways, each at the other side's pace. */
export class Tunnel {
  readonly server: Server;
  readonly #exchange: Exchange;
  readonly #connection: ServerConnection;
  readonly #piece = pieceBuffers.take();
  #clientEnded = false;
  #serverEnded = false;
  #isServerStalled = false;
  #isClientStalled = false;
  #isOpen = true;
  /** When it ends even if bytes go on moving. */
  #leavesAt = Number.POSITIVE_INFINITY;

  constructor(exchange: Exchange, connection: ServerConnection) {
    this.#exchange = exchange;
    this.#connection = connection;
    this.server = connection.origin.server;
    exchange.record.kind = 'upgrade';
  }

  /** Sends the head that ends HTTP on this connection, and what came right behind it. */
  begin(answer: Buffer): void {
    const { client } = this.#exchange;
    this.#toClient(answer);
    client.becomeTunnel();
    this.#moved();
  }

  fromClient(bytes: Buffer, start: number, end: number): void {
    if (!this.#isOpen) return;
    this.#exchange.record.bytesIn += end - start;
    this.#moved();
    if (this.#connection.send(this.#copyOf(bytes, start, end))) return;
    this.#isServerStalled = true;
    this.#exchange.client.pause();
  }

  fromServer(bytes: Buffer, start: number, end: number): void {
    if (!this.#isOpen) return;
    this.#moved();
    this.#toClient(bytes.subarray(start, end));
  }

  /** FIN of the client goes on to the server, and the other way round; both make an end. */
  clientEnds(): void {
    this.#clientEnded = true;
    if (this.#serverEnded) this.close('ok');
    else this.#connection.connection.end();
  }

  serverEnds(): void {
    this.#serverEnded = true;
    if (!this.#isClientStalled) this.#endClient();
  }

  clientDrained(): void {
    this.#isClientStalled = false;
    this.#moved();
    if (this.#serverEnded) this.#endClient();
    else this.#connection.connection.readStart();
  }

  serverDrained(): void {
    this.#isServerStalled = false;
    this.#exchange.client.resume();
  }

  clientLeft(): void {
    this.#end('client_abort');
  }

  /** Its server has left, or the engine drains: some time is left. */
  leave(): void {
    const { client, engine } = this.#exchange;
    this.#leavesAt = Math.min(this.#leavesAt, engine.sweep.now + engine.settings.timeouts.drain);
    client.deadline = Math.min(client.deadline, this.#leavesAt);
  }

  /** Ends both sides. */
  close(termination: Termination): void {
    if (!this.#isOpen) return;
    const { client } = this.#exchange;
    this.#end(termination);
    client.close();
  }

  #toClient(bytes: Buffer): void {
    const { client, record } = this.#exchange;
    record.bytesOut += bytes.length;
    if (client.send(bytes)) return;
    this.#isClientStalled = true;
    this.#connection.connection.readStop();
    client.deadline = Math.min(client.deadline, this.#leavesAt);
  }

  /** All that the server sent is with the client, or at least with the kernel. */
  #endClient(): void {
    if (this.#clientEnded) this.close('ok');
    else this.#exchange.client.connection.end();
  }

  /** Where the bytes stay as they are until they are with the kernel. */
  #copyOf(bytes: Buffer, start: number, end: number): Uint8Array {
    if (end - start > this.#piece.length) return Buffer.from(bytes.subarray(start, end));
    return this.#piece.subarray(0, bytes.copy(this.#piece, 0, start, end));
  }

  #moved(): void {
    const { client, engine } = this.#exchange;
    client.deadline = Math.min(engine.sweep.now + this.#exchange.timeouts.tunnel, this.#leavesAt);
  }

  #end(termination: Termination): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    const { engine } = this.#exchange;
    engine.pools.tunnels.delete(this);
    this.#connection.drop('abandoned');
    if (!this.#isServerStalled) pieceBuffers.give(this.#piece);
    this.#exchange.tunnelEnded(termination);
  }
}

/** Makes a tunnel of an exchange. @param answer the head that ends HTTP on this connection, and what came behind it. */
export const openTunnel = (
  exchange: Exchange,
  connection: ServerConnection,
  answer: readonly Uint8Array[],
): void => {
  const tunnel = new Tunnel(exchange, connection);
  connection.expectWithin(Number.POSITIVE_INFINITY);
  exchange.tunnel = tunnel;
  exchange.engine.pools.tunnels.add(tunnel);
  tunnel.begin(Buffer.concat(answer));
};
