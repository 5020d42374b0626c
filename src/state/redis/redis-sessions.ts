import type { Millis } from '../../core/types.ts';
import { type Clock, systemClock } from '../clock.ts';
import { ask, type Connection, openConnection, tell } from './connection.ts';
import { KeptOpen } from './kept-open.ts';
import { parseRedisUrl, type RedisAddress, type RedisAddressOptions } from './redis-address.ts';

export interface RedisSessionsOptions extends RedisAddressOptions {
  /** `redis://user:password@host:6379/0`, or `rediss://` with TLS. */
  readonly url: string;
  readonly clock?: Clock;
}

/** For `CLIENT LIST`. */
const NAME = 'forehand-sessions';

/**
 * Texts of sessions in redis or valkey, each under a key of its own that expires. Connects when it is first asked, and
 * again whenever that ends. Everything rejects while redis is out of reach.
 */
export class RedisSessions {
  readonly #address: RedisAddress;
  readonly #kept: KeptOpen<Connection>;

  /** Throws TypeError that says what is wrong with an option, without any secret. */
  constructor({ url, clock = systemClock, ...options }: RedisSessionsOptions) {
    this.#address = parseRedisUrl(url, options);
    this.#kept = new KeptOpen({ open: () => openConnection(this.#address, NAME), clock });
  }

  /** For people: whether it is connected, and the last fault. */
  get detail(): string {
    return `${this.#address.shown}: ${this.#kept.detail}`;
  }

  /** The text, which is kept for `ttl` from now on; undefined if there is none. */
  async get(id: string, ttl: Millis): Promise<string | undefined> {
    const key = this.#key(id);
    const [text] = await ask(await this.#connection(), [
      ['get', key],
      ['pexpire', key, Math.ceil(ttl)],
    ]);
    if (text instanceof Error) throw new Error(text.message);
    return typeof text === 'string' ? text : undefined;
  }

  async set(id: string, text: string, ttl: Millis): Promise<void> {
    await tell(await this.#connection(), [['set', this.#key(id), text, 'PX', Math.ceil(ttl)]]);
  }

  async remove(id: string): Promise<void> {
    await tell(await this.#connection(), [['del', this.#key(id)]]);
  }

  close(): Promise<void> {
    return this.#kept.close();
  }

  #key(id: string): string {
    return `${this.#address.prefix}session:${id}`;
  }

  async #connection(): Promise<Connection> {
    await this.#kept.start();
    const { session } = this.#kept;
    if (!session)
      throw new Error(`${this.#address.shown} cannot be reached: ${this.#kept.fault ?? 'not yet'}`);
    return session;
  }
}
