import { messageOf } from '../../core/errors.ts';
import { encodeReport, MAX_REPORT_BYTES, type Report } from '../../core/report.ts';
import { type Clock, systemClock } from '../clock.ts';
import { encodeDatagram } from '../datagram.ts';
import type { DriverHealth, StateDriver } from '../driver.ts';
import { PublishError, type PublishFault } from '../publish-error.ts';
import { checkToken } from '../tokens.ts';
import { type AgentConnection, openAgentConnection } from './agent-connection.ts';
import { KeptOpen } from './kept-open.ts';
import { parseRedisUrl, type RedisAddress, type RedisTls } from './redis-address.ts';
import { keysUnder, REPORT_KEPT, type RedisKeys } from './redis-keys.ts';

export interface RedisPublisherOptions {
  readonly token?: string;
  /** For `rediss://`. */
  readonly tls?: RedisTls;
  /** Beats that of the URL; `forehand:` if neither has one. */
  readonly prefix?: string;
  readonly clock?: Clock;
}

/** Puts each report into redis: as a key that expires, for proxies that come late, and on a channel for all others. */
class RedisPublisher implements StateDriver {
  readonly #address: RedisAddress;
  readonly #keys: RedisKeys;
  readonly #token: string | undefined;
  readonly #clock: Clock;
  readonly #kept: KeptOpen<AgentConnection>;
  #fault: string | undefined;
  #sent = false;
  #closed = false;

  constructor(address: RedisAddress, token: string | undefined, clock: Clock) {
    this.#address = address;
    this.#keys = keysUnder(address.prefix);
    this.#token = token;
    this.#clock = clock;
    this.#kept = new KeptOpen({ open: () => openAgentConnection(address), clock });
  }

  /**
   * Connects at the first call. Resolves when redis has the report; whether a proxy takes it is not known here.
   * Nothing waits for a redis that is away: the report is lost, and the next one is newer.
   */
  async publish(report: Report): Promise<void> {
    try {
      await this.#send(report);
      this.#fault = undefined;
      this.#sent = true;
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
    const { shown } = this.#address;
    if (this.#closed) return { up: false, detail: `${shown}: closed` };
    if (this.#fault !== undefined) return { up: false, detail: this.#fault };
    return { up: true, detail: `${shown}: ${this.#sent ? this.#kept.detail : 'nothing sent yet'}` };
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#kept.close();
  }

  async #send(report: Report): Promise<void> {
    if (this.#closed) throw this.#error('closed', 'the driver is closed');
    const json = encodeReport(report);
    const size = Buffer.byteLength(json);
    if (size > MAX_REPORT_BYTES)
      throw this.#error('too_large', `the report has ${size} bytes; at most ${MAX_REPORT_BYTES} are taken`);
    await this.#kept.start();
    const connection = this.#kept.session;
    if (this.#closed) throw this.#error('closed', 'the driver is closed');
    if (!connection) throw this.#error('unreachable', this.#kept.fault ?? 'no connection');
    const message = encodeDatagram(json, this.#token, this.#clock.epoch());
    const told = connection.tell([
      ['set', this.#keys.report(report.node), message, 'PX', REPORT_KEPT],
      ['publish', this.#keys.reports, message],
    ]);
    await told.catch((thrown: unknown) => {
      const code = thrown instanceof PublishError ? thrown.code : 'unreachable';
      throw this.#error(this.#closed ? 'closed' : code, messageOf(thrown));
    });
  }

  #error(code: PublishFault, message: string): PublishError {
    return new PublishError(code, `${this.#address.shown}: ${message}`);
  }
}

/**
 * The agent's side of redis or valkey: `redis://user:password@host:6379/0?prefix=forehand:`, or `rediss://` with
 * TLS. Throws TypeError that names what is wrong with the URL, without user and password.
 */
export const openRedisPublisher = (
  url: string | URL,
  { token, tls, prefix, clock = systemClock }: RedisPublisherOptions = {},
): StateDriver => {
  const address = parseRedisUrl(url, {
    ...(tls === undefined ? {} : { tls }),
    ...(prefix === undefined ? {} : { prefix }),
  });
  return new RedisPublisher(address, token === undefined ? undefined : checkToken(token), clock);
};
