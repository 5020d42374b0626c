import { NO_REQUEST } from '../core/chain.ts';
import { keepNewest } from '../core/keep-newest.ts';
import type { RequestView } from '../core/types.ts';
import type { Draws } from './draws.ts';
import type { Scenario } from './scenario.ts';

/** Requests that ask for one key each, the first keys most often (Zipf's law). */
export class Keys {
  /** By key: the chance that a request asks for it or for one before it. */
  readonly #chances: Float64Array;
  readonly #views: (RequestView | undefined)[] = [];

  constructor({ count, skew }: NonNullable<Scenario['keys']>) {
    this.#chances = new Float64Array(count);
    let sum = 0;
    for (let i = 0; i < count; i++) {
      sum += (i + 1) ** -skew;
      this.#chances[i] = sum;
    }
    for (let i = 0; i < count; i++) this.#chances[i] = (this.#chances[i] as number) / sum;
  }

  draw(draws: Draws): number {
    const wanted = draws.uniform();
    let [low, high] = [0, this.#chances.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#chances[middle] as number) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The request for a key, which stands in its path, in its header `x-key` and in its cookie `key`. */
  request(key: number): RequestView {
    const known = this.#views[key];
    if (known) return known;
    const text = `k${key}`;
    const view: RequestView = {
      ...NO_REQUEST,
      path: `/${text}`,
      clientIp: `10.${(key >> 16) & 255}.${(key >> 8) & 255}.${key & 255}`,
      header: (name) => (name.toLowerCase() === 'x-key' ? text : undefined),
      cookie: (name) => (name === 'key' ? text : undefined),
    };
    this.#views[key] = view;
    return view;
  }
}

/** What each server remembers: the keys that it was asked for last. */
export class Caches {
  readonly #caches: readonly Map<number, true>[];
  readonly #size: number;

  constructor(servers: number, size: number) {
    this.#caches = Array.from({ length: servers }, () => new Map());
    this.#size = size;
  }

  /** Asks a server for a key: whether it remembered it. It does from now on. */
  ask(server: number, key: number): boolean {
    const cache = this.#caches[server];
    if (!cache || this.#size === 0) return false;
    const isKnown = cache.has(key);
    keepNewest(cache, key, true, this.#size);
    return isKnown;
  }

  /** A server has forgotten everything. */
  clear(server: number): void {
    this.#caches[server]?.clear();
  }
}
