import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { plainAddress } from '../core/accept.ts';
import { messageOf } from '../core/errors.ts';
import type { DriverHealth } from './driver.ts';
import type { UdpAddress } from './udp-address.ts';

/** What may wait while the process is busy: some hundreds of reports. Linux gives what it allows (net.core.rmem_max). */
const BUFFER_BYTES = 1024 * 1024;

/** Called with each datagram and the IP address that it says it comes from; an IPv4 address never in its IPv6 form. */
type OnDatagram = (message: Buffer, address: string) => void;

/** Several proxies on one machine may listen to the same group; nobody may take over a unicast port. */
export const isShared = ({ multicast, broadcast }: UdpAddress): boolean => multicast || broadcast;

/** A socket that takes datagrams at an address, or of a multicast group. It never answers. */
export class UdpListener {
  readonly #at: UdpAddress;
  readonly #scheme: string;
  #socket: Socket | undefined;
  #fault: string | undefined;
  #closing: Promise<void> | undefined;

  /** `scheme`: of the URL that tells people where it listens. */
  constructor(at: UdpAddress, scheme: string) {
    this.#at = at;
    this.#scheme = scheme;
  }

  /** Where it listens, as a URL; undefined before `open` and after `close`. */
  get address(): string | undefined {
    const { port } = this;
    if (port === undefined || !this.#socket) return undefined;
    const host = isShared(this.#at) ? this.#at.host : this.#socket.address().address;
    return `${this.#scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  }

  /** The port that the system gave, where any would do. */
  get port(): number | undefined {
    return this.#socket && !this.#closing ? this.#socket.address().port : undefined;
  }

  /** Rejects with what the system has against the address, or if it was closed meanwhile. Call it once. */
  async open(receive: OnDatagram): Promise<void> {
    if (this.#closing) throw new Error('this driver is closed');
    const { type, host, port, multicast } = this.#at;
    const shared = isShared(this.#at);
    const socket = createSocket({ type, reuseAddr: shared, recvBufferSize: BUFFER_BYTES });
    try {
      socket.bind({ port, ...(shared ? {} : { address: host }) });
      await once(socket, 'listening');
      if (this.#closing) throw new Error('this driver is closed');
      if (multicast) socket.addMembership(host, this.#at.interface);
    } catch (thrown) {
      socket.close();
      throw thrown;
    }
    socket.on('error', (error) => {
      this.#fault = messageOf(error);
    });
    socket.on('message', (message, { address }) => receive(message, plainAddress(address)));
    this.#socket = socket;
  }

  health(): DriverHealth {
    const where = this.address;
    if (!where) return { up: false, detail: `${this.#scheme}: not listening` };
    return { up: true, detail: this.#fault ? `${where}; last fault: ${this.#fault}` : where };
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      if (this.#socket) this.#socket.close(() => resolve());
      else resolve();
    });
    return this.#closing;
  }
}
