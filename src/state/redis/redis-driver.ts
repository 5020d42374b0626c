import { randomBytes } from 'node:crypto';
import { messageOf } from '../../core/errors.ts';
import type { Report } from '../../core/report.ts';
import type { Millis } from '../../core/types.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { DriverHealth, Subscriber } from '../driver.ts';
import type { Rate } from '../rate-limit.ts';
import type { Receiver } from '../receiver.ts';
import type { SharedHands } from '../shared-hands.ts';
import { checkToken, type Tokens } from '../tokens.ts';
import { type Connection, tell } from './connection.ts';
import { Hands } from './hands.ts';
import { KeptOpen } from './kept-open.ts';
import { readKept } from './late-proxy.ts';
import { loadIoredis } from './load-ioredis.ts';
import { OwnMessages } from './own-messages.ts';
import { openPair } from './pair.ts';
import { Presence } from './presence.ts';
import { parseRedisUrl, type RedisAddress, type RedisTls } from './redis-address.ts';
import { keysUnder, MAX_MESSAGE_BYTES, PROXY_KEPT, REPORT_KEPT, type RedisKeys } from './redis-keys.ts';
import { Reports } from './reports.ts';

export interface RedisDriverOptions {
  /** `redis://user:password@host:6379/0?prefix=forehand:`, or `rediss://` with TLS. */
  readonly url: string | URL;
  /** Beats that of the URL; `forehand:` if neither has one. */
  readonly prefix?: string;
  /** Beats that of the URL. */
  readonly password?: string;
  /** For `rediss://`. */
  readonly tls?: RedisTls;
  /** Tokens of the agents. None: unsigned reports are taken if redis is on this machine. Others may be put in later. */
  readonly tokens: Tokens;
  /**
   * Tokens that only proxies have: the first signs what they tell each other, all are accepted. None: they tell each
   * other something only if redis is on this machine.
   */
  readonly ownTokens?: readonly string[];
  /** Reports that one node may send. */
  readonly rate?: Rate;
  readonly clock?: Clock;
  /** Names this proxy in the fleet. Random if left out; two with one name count as one. */
  readonly proxyId?: string;
}

/** How often a proxy says that it is alive. */
const BEAT: Millis = 1000;
/** Every so many beats the states set by hand are read again. */
const HANDS_EVERY = 10;
/** Most time that leaving may take: a redis that is away holds up nobody. */
const LEAVE_WITHIN: Millis = 500;

/** The proxy's side of redis or valkey: hears reports, knows the other proxies, keeps the states set by hand. */
export class RedisDriver implements Receiver {
  readonly hands: SharedHands;
  readonly #hands: Hands;
  readonly #address: RedisAddress;
  readonly #keys: RedisKeys;
  readonly #id: string;
  readonly #reports: Reports;
  readonly #presence: Presence;
  readonly #messages: OwnMessages;
  readonly #kept: KeptOpen<Connection>;
  #beating: NodeJS.Timeout | undefined;
  #beats = 0;
  #caughtUp = false;
  #catchingUp: Connection | undefined;
  #closing: Promise<void> | undefined;

  /** Throws TypeError that says what is wrong with an option, without any secret. */
  constructor(options: RedisDriverOptions) {
    const { tokens, ownTokens = [], rate, clock = systemClock } = options;
    this.#address = addressFrom(options);
    this.#keys = keysUnder(this.#address.prefix);
    this.#id = options.proxyId ?? randomBytes(8).toString('hex');
    const { loopback } = this.#address;
    this.#messages = new OwnMessages({ tokens: ownTokens.map(checkToken), loopback, clock });
    this.#reports = new Reports({ tokens, loopback, clock, ...(rate ? { rate } : {}) });
    this.#presence = new Presence({ id: this.#id, messages: this.#messages, clock });
    this.#kept = new KeptOpen({
      open: () =>
        openPair(this.#address, this.#channels, (channel, message) => this.#heard(channel, message)),
      up: (pair) => this.#up(pair),
      down: () => this.#down(),
      clock,
    });
    this.#hands = new Hands({
      key: this.#keys.hands,
      messages: this.#messages,
      connection: () => this.#kept.session,
      refused: (refusal) => this.#reports.refuse(refusal),
      clock,
    });
    this.hands = this.#hands;
  }

  /** The URL without secrets, from `subscribe` to `close`. */
  get address(): string | undefined {
    return this.#beating === undefined ? undefined : this.#address.shown;
  }

  get proxies(): number {
    return this.#presence.count;
  }

  publish(): Promise<void> {
    return Promise.reject(new TypeError('this driver only receives reports'));
  }

  /**
   * Resolves once everything that redis holds was heard or, where redis is away, the first try has failed: within
   * some seconds. It goes on trying until it is closed. Rejects if ioredis is not installed.
   */
  async subscribe(subscriber: Subscriber): Promise<void> {
    if (this.#closing) throw new Error('this driver is closed');
    this.#reports.subscribe(subscriber);
    await loadIoredis();
    this.#beating = setInterval(() => void this.#beat(), BEAT).unref();
    await this.#kept.start();
  }

  snapshot(): readonly Report[] {
    return this.#reports.recent();
  }

  health(): DriverHealth {
    const { shown } = this.#address;
    const reconnects = this.#kept.reopened;
    if (this.#closing) return { up: false, detail: `${shown}: closed`, reconnects };
    const alone = this.#messages.usable ? '' : '; without a token, proxies do not know each other';
    const detail = `${shown}: ${this.#kept.detail}${alone}`;
    return { up: this.#kept.session !== undefined, detail, reconnects };
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  get #channels(): readonly string[] {
    const { reports, proxies, hands } = this.#keys;
    return [reports, proxies, hands];
  }

  #heard(channel: string, message: Buffer): void {
    if (this.#closing) return;
    if (channel === this.#keys.reports) this.#reports.take(message);
    else if (channel === this.#keys.hands) this.#hands.hear(message);
    else this.#hearProxy(message);
  }

  #hearProxy(message: Buffer, age?: Millis): void {
    const refusal = this.#presence.hear(message, age);
    if (refusal) this.#reports.refuse(refusal);
  }

  async #up(pair: Connection): Promise<void> {
    this.#presence.backAgain();
    this.#caughtUp = false;
    await Promise.all([this.#catchUp(pair), this.#sayAlive(pair)]);
  }

  #down(): void {
    this.#presence.cutOff();
  }

  /** Hears what was said while we were not there. */
  async #catchUp(pair: Connection): Promise<void> {
    const reports = { prefix: this.#keys.report(''), kept: REPORT_KEPT, maxBytes: MAX_MESSAGE_BYTES };
    const proxies = { prefix: this.#keys.proxy(''), kept: PROXY_KEPT, maxBytes: MAX_MESSAGE_BYTES };
    this.#catchingUp = pair;
    const results = await Promise.allSettled([
      this.#hands.load(pair, true),
      readKept(pair, reports, ({ name, bytes, age }) => {
        if (!this.#closing) this.#reports.take(bytes, { node: name, age });
      }),
      this.#messages.usable
        ? readKept(pair, proxies, ({ bytes, age }) => this.#hearProxy(bytes, age))
        : undefined,
    ]);
    this.#catchingUp = undefined;
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    this.#caughtUp = true;
  }

  async #sayAlive(pair: Connection): Promise<void> {
    if (!this.#messages.usable) return;
    const message = this.#presence.say({ left: false });
    await tell(pair, [
      ['set', this.#keys.proxy(this.#id), message, 'PX', PROXY_KEPT],
      ['publish', this.#keys.proxies, message],
    ]);
  }

  async #sayGone(pair: Connection): Promise<void> {
    await tell(pair, [
      ['del', this.#keys.proxy(this.#id)],
      ['publish', this.#keys.proxies, this.#presence.say({ left: true })],
    ]);
  }

  /** What is to be done every second. A fault is noted, and the next beat tries again. */
  async #beat(): Promise<void> {
    const pair = this.#kept.session;
    if (!pair) return;
    this.#beats += 1;
    try {
      await this.#sayAlive(pair);
      if (!this.#caughtUp && this.#catchingUp !== pair) await this.#catchUp(pair);
      else if (this.#beats % HANDS_EVERY === 0) await this.#hands.load(pair);
    } catch (thrown) {
      this.#kept.note(pair, messageOf(thrown));
    }
  }

  async #end(): Promise<void> {
    clearInterval(this.#beating);
    const pair = this.#kept.session;
    if (pair && this.#messages.usable) {
      const gone = this.#sayGone(pair).catch(() => undefined);
      await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, LEAVE_WITHIN).unref())]);
    }
    await this.#kept.close();
  }
}

const addressFrom = ({ url, prefix, password, tls }: RedisDriverOptions): RedisAddress =>
  parseRedisUrl(url, {
    ...(prefix === undefined ? {} : { prefix }),
    ...(password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls }),
  });
