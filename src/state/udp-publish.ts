import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { messageOf } from '../core/errors.ts';
import { encodeReport, type Report } from '../core/report.ts';
import { type Clock, systemClock } from './clock.ts';
import { encodeDatagram, MAX_SENT_BYTES } from './datagram.ts';
import type { DriverHealth, StateDriver } from './driver.ts';
import { PublishError, type PublishFault } from './publish-error.ts';
import type { UdpAddress } from './udp-address.ts';

export interface UdpPublisherOptions {
  readonly to: UdpAddress;
  readonly token?: string;
  readonly clock?: Clock;
}

/** Sends each report as one datagram to one address: a proxy, a broadcast address or a multicast group. */
export class UdpPublisher implements StateDriver {
  readonly #to: UdpAddress;
  readonly #token: string | undefined;
  readonly #clock: Clock;
  #socket: Promise<Socket> | undefined;
  #fault: string | undefined;
  #closing: Promise<void> | undefined;

  constructor({ to, token, clock = systemClock }: UdpPublisherOptions) {
    this.#to = to;
    this.#token = token;
    this.#clock = clock;
  }

  /** Resolves when the datagram has left this process. Whether it arrived nobody will know. */
  async publish(report: Report): Promise<void> {
    try {
      await this.#send(encodeDatagram(encodeReport(report), this.#token, this.#clock.epoch()));
      this.#fault = undefined;
    } catch (thrown) {
      this.#fault = messageOf(thrown);
      throw thrown;
    }
  }

  subscribe(): Promise<void> {
    return Promise.reject(new TypeError('this driver only sends reports'));
  }

  snapshot(): readonly Report[] {
    return [];
  }

  health(): DriverHealth {
    if (this.#closing) return { up: false, detail: `${this.#where}: closed` };
    return this.#fault === undefined
      ? { up: true, detail: `${this.#where}: datagrams are sent; whether they arrive is not known here` }
      : { up: false, detail: this.#fault };
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  get #where(): string {
    const { host, port, type } = this.#to;
    return `udp://${type === 'udp6' ? `[${host}]` : host}:${port}`;
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
    const socket = createSocket(this.#to.type);
    try {
      socket.bind(0);
      await once(socket, 'listening');
      if (this.#to.broadcast) socket.setBroadcast(true);
      if (this.#to.multicast) socket.setMulticastTTL(this.#to.ttl);
      if (this.#to.interface !== undefined) socket.setMulticastInterface(this.#to.interface);
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
    return new PublishError(code, `${this.#where}: ${message}`, { cause });
  }
}
