import { randomBytes } from 'node:crypto';
import { encodeReport, type Refusal, type Report } from '../core/report.ts';
import type { ReportSource } from '../core/report-source.ts';
import { type Clock, systemClock } from './clock.ts';
import type { DriverHealth, Subscriber } from './driver.ts';
import { type Heartbeat, MAX_HEARTBEAT_BYTES, parseHeartbeat, reportOf } from './heartbeat.ts';
import { Intake } from './intake.ts';
import { DEFAULT_RATE, type Rate, RateLimit } from './rate-limit.ts';
import type { Receiver } from './receiver.ts';
import type { HeartbeatAddress } from './udp-address.ts';
import { UdpListener } from './udp-listener.ts';

type Source = Pick<ReportSource, 'address' | 'transport'>;

const NOT_FROM: Refusal = { code: 'source', message: 'heartbeats are not taken from this address' };
const TOO_MANY: Refusal = { code: 'rate', message: 'too many heartbeats from this address' };
const TOO_LARGE: Refusal = {
  code: 'too_large',
  message: `a heartbeat has at most ${MAX_HEARTBEAT_BYTES} bytes`,
};

/** A server that somebody else has listed, as a report names it. */
export interface ListedServer {
  readonly url: string;
  readonly pool: string;
}

export interface HeartbeatReceiverOptions {
  readonly at: HeartbeatAddress;
  /** The servers of all pools whose host is this IP address. */
  readonly serversAt: (address: string) => readonly ListedServer[];
  readonly rate?: Rate;
  readonly clock?: Clock;
}

/** Takes packets of Apache's mod_heartbeat. They only tell of servers that are known here; nobody has signed them. */
export class HeartbeatReceiver implements Receiver {
  readonly #from: HeartbeatAddress['from'];
  readonly #serversAt: HeartbeatReceiverOptions['serversAt'];
  readonly #limit: RateLimit;
  readonly #clock: Clock;
  readonly #intake: Intake;
  readonly #listener: UdpListener;
  readonly #boot = randomBytes(12).toString('base64url');
  #seq = 0;

  constructor({ at, serversAt, rate = DEFAULT_RATE, clock = systemClock }: HeartbeatReceiverOptions) {
    this.#from = at.from;
    this.#serversAt = serversAt;
    this.#limit = new RateLimit(rate);
    this.#clock = clock;
    this.#intake = new Intake(clock);
    this.#listener = new UdpListener(at.at, 'heartbeat');
  }

  get address(): string | undefined {
    return this.#listener.address;
  }

  publish(): Promise<void> {
    return Promise.reject(new TypeError('this driver only receives reports'));
  }

  async subscribe(subscriber: Subscriber): Promise<void> {
    this.#intake.subscribe(subscriber);
    await this.#listener.open((message, address) => this.#receive(message, address));
  }

  snapshot(): readonly Report[] {
    return this.#intake.recent();
  }

  health(): DriverHealth {
    return this.#listener.health();
  }

  close(): Promise<void> {
    return this.#listener.close();
  }

  #receive(message: Buffer, address: string): void {
    const source: Source = { address, transport: 'heartbeat' };
    const node = `heartbeat:${address}`;
    if (!this.#from.some((rule) => rule.allows(address, 0))) this.#intake.refuse(NOT_FROM, source);
    else if (!this.#limit.allows(address, this.#clock.now()))
      this.#intake.refuse(TOO_MANY, source, { node, servers: [] });
    else if (message.length > MAX_HEARTBEAT_BYTES)
      this.#intake.refuse(TOO_LARGE, source, { node, servers: [] });
    else this.#read(message.toString('latin1'), node, source);
  }

  #read(text: string, node: string, source: Source): void {
    const servers = this.#serversAt(source.address);
    const heartbeat = parseHeartbeat(text);
    if ('code' in heartbeat) this.#intake.refuse(heartbeat, source, { node, servers });
    else if (servers.length === 0) this.#intake.refuse(strangerFault(source.address), source);
    else this.#intake.take(this.#reportOf(heartbeat, node, servers), source);
  }

  #reportOf(heartbeat: Heartbeat, node: string, servers: readonly ListedServer[]): string {
    this.#seq += 1;
    return encodeReport(reportOf(heartbeat, { node, boot: this.#boot, seq: this.#seq, servers }));
  }
}

const strangerFault = (address: string): Refusal => ({
  code: 'not_accepted',
  message: `there is no server at ${address} that a heartbeat from there could be about`,
});
