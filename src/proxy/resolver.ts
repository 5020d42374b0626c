import { lookup } from 'node:dns';
import { isIP } from 'node:net';
import { addressOf, portOf } from '../core/accept.ts';
import type { Millis } from '../core/types.ts';
import type { SocketAddress } from '../transport/connection.ts';

/** How long the addresses of a name are used before it is asked for again, ms: names of containers change hands. */
const LIFE_MS = 10_000;

/** Finds the addresses of one server, and goes through them when one cannot be reached. */
export class Resolver {
  readonly #host: string;
  readonly #port: number;
  readonly #clock: () => Millis;
  #addresses: readonly string[] = [];
  #next = 0;
  #asked: Millis = Number.NEGATIVE_INFINITY;
  #waiting: ((address: SocketAddress | undefined) => void)[] = [];

  constructor(url: URL, clock: () => Millis) {
    this.#host = addressOf(url);
    this.#port = portOf(url);
    this.#clock = clock;
    if (isIP(this.#host) === 0) return;
    this.#addresses = [this.#host];
    this.#asked = Number.POSITIVE_INFINITY;
  }

  /** The address to try, at once where it is known and fresh; undefined where asking is needed. */
  get known(): SocketAddress | undefined {
    const isFresh = this.#clock() - this.#asked < LIFE_MS;
    return isFresh ? this.#address() : undefined;
  }

  /** Asks for the name. An old answer is used on where no new one can be had; undefined: there is none at all. */
  resolve(found: (address: SocketAddress | undefined) => void): void {
    this.#waiting.push(found);
    if (this.#waiting.length > 1) return;
    lookup(this.#host, { all: true, verbatim: true }, (error, answers) => {
      if (!error && answers.length > 0) this.#addresses = answers.map(({ address }) => address);
      this.#asked = this.#clock();
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const one of waiting) one(this.#address());
    });
  }

  /** The address just tried could not be reached: the next one is used. */
  failed(): void {
    this.#next += 1;
  }

  #address(): SocketAddress | undefined {
    const { length } = this.#addresses;
    const host = this.#addresses[this.#next % Math.max(1, length)];
    return host === undefined ? undefined : { kind: 'tcp', host, port: this.#port };
  }
}
