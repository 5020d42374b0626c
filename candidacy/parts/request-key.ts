import { z } from '../../src/core/options.ts';
import type { Moment, RequestView } from '../../src/core/types.ts';
import { hashText } from './murmur-hash.ts';
import { queryParameter } from './query-parameter.ts';

const KEY = /^(?:path|ip|host|url|(?:query|header|cookie):[\w!#$%'*+.^`|~[\]-]{1,128})$/;

/** What requests are keyed by. Those with the same key belong together. */
export const requestKey = (): z.ZodString =>
  z.string().regex(KEY, {
    error: ({ input }) =>
      `expected path, query:<name>, header:<name>, cookie:<name>, ip, host or url, got ${JSON.stringify(input)}`,
  });

/**
 * What becomes of requests that have no key. `spread`: each is dealt with as if it had one of its own, at random. `keep`:
 * the list stays as it is, for a chain whose links before this one have put it in order; where they have not, its first
 * server gets them all.
 */
export const keyless = (): z.ZodDefault<z.ZodEnum<{ spread: 'spread'; keep: 'keep' }>> =>
  z.enum(['spread', 'keep']).default('spread');

type Read = (request: RequestView) => string | undefined;

const SIMPLE: Readonly<Record<string, Read>> = {
  path: ({ path }) => path,
  ip: ({ clientIp }) => clientIp,
  host: ({ host }) => host,
};

/** Those that take a search, or make a text, to be read. */
const searchFor = (key: string): Read => {
  const colon = key.indexOf(':');
  const name = key.slice(colon + 1);
  if (colon === -1) return ({ host, path, query }) => `${host}${path}?${query}`;
  if (key.startsWith('query')) return ({ query }) => queryParameter(query, name);
  return key.startsWith('header') ? (request) => request.header(name) : (request) => request.cookie(name);
};

/** Reads the key out of requests. */
export class RequestKey {
  readonly #simple: Read | undefined;
  readonly #read: Read;
  /** The last key that was hashed. */
  #text = '';
  #hash = 0;
  /** By what `again` knows the request that it has read. */
  #request: RequestView | undefined = undefined;
  #path = '';
  #query = '';
  #now = Number.NaN;
  #found: number | undefined = undefined;

  /** @param key as `requestKey` has read it. */
  constructor(key: string) {
    this.#simple = SIMPLE[key];
    this.#read = this.#simple ?? searchFor(key);
  }

  /** The hash of the request's key, unsigned 32 bits; undefined where it has none, or an empty one. */
  hash(request: RequestView): number | undefined {
    const text = this.#read(request);
    if (text === undefined || text === '') return undefined;
    if (text !== this.#text) {
      this.#text = text;
      this.#hash = hashText(text);
    }
    return this.#hash;
  }

  /** As `hash`, for scores, which are asked for once for each server: the fields of one request are searched once. */
  again({ request, now }: Moment): number | undefined {
    if (this.#simple) return this.hash(request);
    const { path, query } = request;
    const isKnown =
      request === this.#request && now === this.#now && path === this.#path && query === this.#query;
    if (isKnown) return this.#found;
    this.#request = request;
    this.#path = path;
    this.#query = query;
    this.#now = now;
    this.#found = this.hash(request);
    return this.#found;
  }
}
