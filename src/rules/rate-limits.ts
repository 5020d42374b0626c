import type { Millis, RequestView } from '../core/types.ts';
import type { PlannedLimit } from './planned-rules.ts';
import { TokenBuckets } from './token-buckets.ts';

/** A network that one household gets has so many 16-bit groups (RFC 6177); its addresses count as one client. */
const CLIENT_GROUPS = 4;
/** Characters of a key that are told apart. */
const KEY_LENGTH = 256;

/** The first groups of an IPv6 address, whatever is left out in it; an IPv4 address as it is. */
export const clientKey = (ip: string): string => {
  if (!ip.includes(':')) return ip;
  const [head = '', tail] = ip.toLowerCase().split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  const groups = [...first, ...new Array<string>(missing).fill('0'), ...last];
  return groups
    .slice(0, CLIENT_GROUPS)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':');
};

type KeyOf = (request: RequestView) => string;

/** A request without the field or the cookie is counted by its client. */
const keyReader = (key: string): KeyOf => {
  const [kind, name = ''] = key.split(/:(.*)/s);
  if (kind === 'client') return ({ clientIp }) => clientKey(clientIp);
  return (request) => {
    const value = kind === 'header' ? request.header(name) : request.cookie(name);
    return value === undefined ? clientKey(request.clientIp) : `=${value.slice(0, KEY_LENGTH)}`;
  };
};

/** One rate limit at work. */
export class RateLimit {
  readonly #keyOf: KeyOf;
  readonly #buckets: TokenBuckets;

  constructor({ requests, per, burst, key }: PlannedLimit) {
    this.#keyOf = keyReader(key);
    this.#buckets = new TokenBuckets({ rate: requests / per, burst });
  }

  /** Counts a request. 0: it may go on; else the time until one may. */
  take(request: RequestView, now: Millis): Millis {
    return this.#buckets.take(this.#keyOf(request), now);
  }

  /** Whether a request may go on, without counting it. */
  allows(request: RequestView, now: Millis): boolean {
    return this.#buckets.has(this.#keyOf(request), now);
  }
}

/** The rate limits of a configuration. What they have counted outlives a reload that leaves a limit as it is. */
export class RateLimits {
  #known = new Map<string, RateLimit>();
  #next = new Map<string, RateLimit>();

  /** The one that is planned like this: the same for the same plan, between two calls of `settle` and beyond. */
  of(planned: PlannedLimit): RateLimit {
    const { name, requests, per, burst, key } = planned;
    const id = JSON.stringify([name, requests, per, burst, key]);
    const limit = this.#next.get(id) ?? this.#known.get(id) ?? new RateLimit(planned);
    this.#next.set(id, limit);
    return limit;
  }

  /** A configuration has taken all that it needs: what is left over is forgotten. */
  settle(): void {
    this.#known = this.#next;
    this.#next = new Map();
  }
}
