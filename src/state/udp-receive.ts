import { randomBytes } from 'node:crypto';
import { isLoopback } from '../core/accept.ts';
import type { Refusal, Report } from '../core/report.ts';
import type { ReportSource } from '../core/report-source.ts';
import type { Millis } from '../core/types.ts';
import { type Clock, systemClock } from './clock.ts';
import {
  type Datagram,
  encodeDatagram,
  MAX_RECEIVED_BYTES,
  type RefusedDatagram,
  readDatagram,
} from './datagram.ts';
import type { DriverHealth, Subscriber } from './driver.ts';
import { Intake } from './intake.ts';
import { DEFAULT_RATE, type Rate, RateLimit } from './rate-limit.ts';
import type { Receiver } from './receiver.ts';
import { ReplayGuard } from './replay-guard.ts';
import { mayComeFrom, Tokens } from './tokens.ts';
import type { UdpAddress } from './udp-address.ts';
import { isShared, UdpListener } from './udp-listener.ts';
import { PRESENCE_EVERY, presenceOf, proxyIn, UdpPresence } from './udp-presence.ts';
import { UdpSender } from './udp-sender.ts';

export interface UdpReceiverOptions {
  /** A local address, or a multicast group that is joined. */
  readonly at: UdpAddress;
  /**
   * Any of them may have signed. None: datagrams are taken from loopback only. Others may be put in later. With the
   * first one this proxy signs what it says of itself.
   */
  readonly tokens?: Tokens;
  readonly rate?: Rate;
  readonly clock?: Clock;
  /** Names this proxy among those of its group; random if left out. */
  readonly proxy?: string;
  /** Time between two words of this proxy to its group. */
  readonly presenceEvery?: Millis;
}

/**
 * Takes reports as datagrams. It answers nobody, so that it cannot be used against a third party. At an address that
 * several proxies share, a group or everybody, it also tells the others of itself and counts them.
 */
export class UdpReceiver implements Receiver {
  readonly #at: UdpAddress;
  readonly #tokens: Tokens;
  readonly #limit: RateLimit;
  readonly #replays = new ReplayGuard();
  readonly #clock: Clock;
  readonly #intake: Intake;
  readonly #listener: UdpListener;
  readonly #proxy: string;
  readonly #presence: UdpPresence;
  readonly #presenceEvery: Millis;
  #sender: UdpSender | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: UdpReceiverOptions) {
    this.#at = options.at;
    this.#tokens = options.tokens ?? new Tokens();
    this.#limit = new RateLimit(options.rate ?? DEFAULT_RATE);
    this.#clock = options.clock ?? systemClock;
    this.#intake = new Intake(this.#clock);
    this.#listener = new UdpListener(this.#at, 'udp');
    this.#proxy = options.proxy ?? randomBytes(12).toString('base64url');
    this.#presence = new UdpPresence(this.#proxy);
    this.#presenceEvery = options.presenceEvery ?? PRESENCE_EVERY;
  }

  get address(): string | undefined {
    return this.#listener.address;
  }

  /** Proxies of its group that are alive, this one included; 1 where it listens at an address of its own. */
  get proxies(): number {
    return this.#presence.count(this.#clock.now());
  }

  publish(): Promise<void> {
    return Promise.reject(new TypeError('this driver only receives reports'));
  }

  async subscribe(subscriber: Subscriber): Promise<void> {
    this.#intake.subscribe(subscriber);
    await this.#listener.open((message, address) => this.#receive(message, address));
    const { port } = this.#listener;
    if (port !== undefined && isShared(this.#at)) this.#startToTell(port);
  }

  snapshot(): readonly Report[] {
    return this.#intake.recent();
  }

  health(): DriverHealth {
    const { up, detail } = this.#listener.health();
    const fault = this.#sender?.fault;
    return {
      up,
      detail: up && fault ? `${detail}; cannot tell other proxies of this one: ${fault}` : detail,
    };
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([this.#listener.close(), this.#sender?.close()]);
  }

  #startToTell(port: number): void {
    const sender = new UdpSender({ ...this.#at, port });
    const tell = (): void => {
      const { first } = this.#tokens;
      const datagram = encodeDatagram(presenceOf(this.#proxy), first?.token, this.#clock.epoch());
      // The sender keeps the fault, for `health`; the next second tries again.
      sender.send(datagram).catch(() => undefined);
    };
    this.#sender = sender;
    this.#timer = setInterval(tell, this.#presenceEvery).unref();
    tell();
  }

  #receive(message: Buffer, address: string): void {
    const datagram = this.#open(message, address);
    if ('code' in datagram) {
      this.#refuse(datagram, address, () => datagram.json);
      return;
    }
    const proxy = isShared(this.#at) ? proxyIn(datagram.json) : undefined;
    if (proxy === this.#proxy) return;
    const refusal = this.#freshnessFault(datagram, address) ?? this.#meet(proxy, datagram);
    if (refusal) this.#refuse(refusal, address, () => datagram.json);
    else if (proxy === undefined) this.#intake.take(datagram.json, this.#sourceOf(datagram, address));
  }

  #refuse(refusal: Refusal, address: string, json: () => string | undefined): void {
    this.#intake.refuse(refusal, { address, transport: 'udp' }, json);
  }

  #sourceOf({ sentAt, grant }: Datagram, address: string): ReportSource {
    return {
      address,
      transport: 'udp',
      sent: { at: sentAt, receivedAt: this.#clock.epoch() },
      ...(grant ? { token: grant.name } : {}),
      ...(grant?.pools ? { pools: grant.pools } : {}),
    };
  }

  #open(message: Buffer, address: string): Datagram | RefusedDatagram {
    if (message.length > MAX_RECEIVED_BYTES)
      return { code: 'too_large', message: `a datagram has at most ${MAX_RECEIVED_BYTES} bytes` };
    if (this.#tokens.none && !isLoopback(address))
      return { code: 'source', message: 'without a token, reports are taken from this machine only' };
    const datagram = readDatagram(message, this.#tokens, this.#clock.epoch());
    if ('code' in datagram || !datagram.grant || mayComeFrom(datagram.grant, address)) return datagram;
    const why = `the token ${datagram.grant.name} may not be used from this address`;
    return { code: 'source', message: why, json: datagram.json };
  }

  /**
   * Anybody can write any sender into a datagram. So only signed ones count against the rate of an address: a
   * stranger cannot use up what belongs to an agent, neither with forged datagrams nor with old ones.
   */
  #freshnessFault({ mac }: Datagram, address: string): Refusal | undefined {
    const now = this.#clock.now();
    if (mac !== undefined && this.#replays.has(mac))
      return { code: 'replayed', message: 'this datagram was taken before' };
    if (!this.#limit.allows(address, now))
      return { code: 'rate', message: 'too many reports from this address' };
    if (mac !== undefined) this.#replays.add(mac, now);
    return undefined;
  }

  /** Notes another proxy. Who holds a token for some pools only must not change what a proxy does in the others. */
  #meet(proxy: string | undefined, { grant }: Datagram): Refusal | undefined {
    if (proxy === undefined) return undefined;
    if (grant?.pools && grant.name !== this.#tokens.first?.grant.name)
      return { code: 'not_accepted', message: `the token ${grant.name} is not one of the proxies` };
    return this.#presence.hear(proxy, this.#clock.now());
  }
}
