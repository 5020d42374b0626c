import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isLoopback } from '../core/accept.ts';
import type { ReportSource } from '../core/board.ts';
import { messageOf } from '../core/errors.ts';
import type { Refusal, Report } from '../core/report.ts';
import { type Clock, systemClock } from './clock.ts';
import { type Datagram, type Keys, keysOf, MAX_RECEIVED_BYTES, readDatagram } from './datagram.ts';
import type { DriverHealth, Subscriber } from './driver.ts';
import { Intake } from './intake.ts';
import { DEFAULT_RATE, type Rate, RateLimit } from './rate-limit.ts';
import type { Receiver } from './receiver.ts';
import { ReplayGuard } from './replay-guard.ts';
import type { UdpAddress } from './udp-address.ts';

export interface UdpReceiverOptions {
  /** A local address, or a multicast group that is joined. */
  readonly at: UdpAddress;
  /** Any of them may have signed. None: datagrams are taken from loopback only. */
  readonly tokens?: readonly string[];
  readonly rate?: Rate;
  readonly clock?: Clock;
}

/** Takes reports as datagrams. It never answers: nobody can use it against a third party. */
export class UdpReceiver implements Receiver {
  readonly #at: UdpAddress;
  readonly #keys: Keys;
  readonly #limit: RateLimit;
  readonly #replays = new ReplayGuard();
  readonly #clock: Clock;
  readonly #intake: Intake;
  #socket: Socket | undefined;
  #fault: string | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: UdpReceiverOptions) {
    this.#at = options.at;
    this.#keys = keysOf(options.tokens ?? []);
    this.#limit = new RateLimit(options.rate ?? DEFAULT_RATE);
    this.#clock = options.clock ?? systemClock;
    this.#intake = new Intake(this.#clock);
  }

  get address(): string | undefined {
    if (!this.#socket || this.#closing) return undefined;
    const host = this.#shared ? this.#at.host : this.#socket.address().address;
    return `udp://${host.includes(':') ? `[${host}]` : host}:${this.#socket.address().port}`;
  }

  publish(): Promise<void> {
    return Promise.reject(new TypeError('this driver only receives reports'));
  }

  async subscribe(subscriber: Subscriber): Promise<void> {
    if (this.#closing) throw new Error('this driver is closed');
    this.#intake.subscribe(subscriber);
    const { type, host, port } = this.#at;
    const socket = createSocket({ type, reuseAddr: this.#shared });
    try {
      socket.bind({ port, ...(this.#shared ? {} : { address: host }) });
      await once(socket, 'listening');
      if (this.#closing) throw new Error('this driver is closed');
      if (this.#at.multicast) socket.addMembership(host, this.#at.interface);
    } catch (thrown) {
      socket.close();
      throw thrown;
    }
    socket.on('error', (error) => {
      this.#fault = messageOf(error);
    });
    socket.on('message', (message, from) => this.#receive(message, from));
    this.#socket = socket;
  }

  snapshot(): readonly Report[] {
    return this.#intake.recent();
  }

  health(): DriverHealth {
    const where = this.address;
    if (!where) return { up: false, detail: 'udp: not listening' };
    return { up: true, detail: this.#fault ? `${where}; last fault: ${this.#fault}` : where };
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      if (this.#socket) this.#socket.close(() => resolve());
      else resolve();
    });
    return this.#closing;
  }

  /** Several proxies on one machine may listen to the same group; nobody may take over a unicast port. */
  get #shared(): boolean {
    return this.#at.multicast || this.#at.broadcast;
  }

  #receive(message: Buffer, from: RemoteInfo): void {
    const source: ReportSource = { address: from.address, transport: 'udp' };
    const datagram = this.#open(message, source);
    const refusal = 'code' in datagram ? datagram : this.#freshnessFault(datagram, source);
    if (refusal) this.#intake.refuse(refusal, source);
    else if ('json' in datagram) this.#intake.take(datagram.json, source);
  }

  #open(message: Buffer, { address }: ReportSource): Datagram | Refusal {
    if (message.length > MAX_RECEIVED_BYTES)
      return { code: 'too_large', message: `a datagram has at most ${MAX_RECEIVED_BYTES} bytes` };
    if (this.#keys.size === 0 && !isLoopback(address))
      return { code: 'source', message: 'without a token, reports are taken from this machine only' };
    return readDatagram(message.toString(), this.#keys, this.#clock.epoch());
  }

  /**
   * Anybody can write any sender into a datagram. So only signed ones count against the rate of an address: a
   * stranger cannot use up what belongs to an agent, neither with forged datagrams nor with old ones.
   */
  #freshnessFault({ mac }: Datagram, { address }: ReportSource): Refusal | undefined {
    const now = this.#clock.now();
    if (mac !== undefined && this.#replays.has(mac))
      return { code: 'replayed', message: 'this datagram was taken before' };
    if (!this.#limit.allows(address, now))
      return { code: 'rate', message: 'too many reports from this address' };
    if (mac !== undefined) this.#replays.add(mac, now);
    return undefined;
  }
}
