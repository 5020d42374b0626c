import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { messageOf } from '../core/errors.ts';
import { MAX_SENT_BYTES } from './datagram.ts';
import { PublishError, type PublishFault } from './publish-error.ts';
import type { UdpAddress } from './udp-address.ts';

/** A socket that sends datagrams to one address. It opens with the first and does not keep its process alive. */
export class UdpSender {
  readonly #to: UdpAddress;
  #socket: Promise<Socket> | undefined;
  #fault: string | undefined;
  #closing: Promise<void> | undefined;

  constructor(to: UdpAddress) {
    this.#to = to;
  }

  /** Where it sends to, as a URL. */
  get where(): string {
    const { host, port, type } = this.#to;
    return `udp://${type === 'udp6' ? `[${host}]` : host}:${port}`;
  }

  /** What was wrong when it last sent; undefined if nothing was. */
  get fault(): string | undefined {
    return this.#fault;
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /** Resolves when the datagram has left this process; rejects with a PublishError. */
  async send(datagram: string): Promise<void> {
    try {
      await this.#send(datagram);
      this.#fault = undefined;
    } catch (thrown) {
      this.#fault = messageOf(thrown);
      throw thrown;
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #send(datagram: string): Promise<void> {
    if (this.#closing) throw this.#error('closed', 'the driver is closed');
    const size = Buffer.byteLength(datagram);
    if (size > MAX_SENT_BYTES)
      throw this.#error(
        'too_large',
        `the datagram would have ${size} bytes, at most ${MAX_SENT_BYTES} are sent; report over http, or say less`,
      );
    this.#socket ??= this.#open();
    const socket = await this.#socket.catch((thrown: unknown) => {
      this.#socket = undefined;
      throw this.#error('unreachable', messageOf(thrown), thrown);
    });
    if (this.#closing) throw this.#error('closed', 'the driver is closed');
    await new Promise<void>((resolve, reject) => {
      socket.send(datagram, this.#to.port, this.#to.host, (error) => {
        if (error) reject(this.#error('unreachable', error.message, error));
        else resolve();
      });
    });
  }

  /** Throws what the system has against the interface. */
  async #open(): Promise<Socket> {
    const { type, broadcast, multicast, ttl, interface: local } = this.#to;
    const socket = createSocket(type);
    try {
      socket.bind(0);
      await once(socket, 'listening');
      if (broadcast) socket.setBroadcast(true);
      if (multicast) socket.setMulticastTTL(ttl);
      if (local !== undefined) socket.setMulticastInterface(local);
    } catch (thrown) {
      socket.close();
      throw thrown;
    }
    socket.on('error', (error) => {
      this.#fault = messageOf(error);
    });
    socket.unref();
    return socket;
  }

  async #end(): Promise<void> {
    const socket = await this.#socket?.catch(() => undefined);
    if (socket) await new Promise<void>((resolve) => socket.close(() => resolve()));
  }

  #error(code: PublishFault, message: string, cause?: unknown): PublishError {
    return new PublishError(code, `${this.where}: ${message}`, { cause });
  }
}
