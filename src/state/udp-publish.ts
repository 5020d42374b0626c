import { encodeReport, type Report } from '../core/report.ts';
import { type Clock, systemClock } from './clock.ts';
import { encodeDatagram } from './datagram.ts';
import type { DriverHealth, StateDriver } from './driver.ts';
import type { UdpAddress } from './udp-address.ts';
import { UdpSender } from './udp-sender.ts';

export interface UdpPublisherOptions {
  readonly to: UdpAddress;
  readonly token?: string;
  readonly clock?: Clock;
}

/** Sends each report as one datagram to one address: a proxy, a broadcast address or a multicast group. */
export class UdpPublisher implements StateDriver {
  readonly #sender: UdpSender;
  readonly #token: string | undefined;
  readonly #clock: Clock;

  constructor({ to, token, clock = systemClock }: UdpPublisherOptions) {
    this.#sender = new UdpSender(to);
    this.#token = token;
    this.#clock = clock;
  }

  /** Resolves when the datagram has left this process. Whether it arrived nobody will know. */
  async publish(report: Report): Promise<void> {
    await this.#sender.send(encodeDatagram(encodeReport(report), this.#token, this.#clock.epoch()));
  }

  subscribe(): Promise<void> {
    return Promise.reject(new TypeError('this driver only sends reports'));
  }

  snapshot(): readonly Report[] {
    return [];
  }

  health(): DriverHealth {
    const { where, fault, closed } = this.#sender;
    if (closed) return { up: false, detail: `${where}: closed` };
    return fault === undefined
      ? { up: true, detail: `${where}: datagrams are sent; whether they arrive is not known here` }
      : { up: false, detail: fault };
  }

  close(): Promise<void> {
    return this.#sender.close();
  }
}
