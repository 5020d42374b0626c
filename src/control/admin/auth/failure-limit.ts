import { isIPv6 } from 'node:net';

/** So many failures of one address are taken in a minute. */
const MOST_FAILURES = 10;
const SPAN_MS = 60_000;
const MOST_ADDRESSES = 10_000;

interface Tally {
  failures: number;
  readonly until: number;
}

/** One customer of a provider has a whole /64 of IPv6 (RFC 6177), so that is one address here. */
const placeOf = (address: string | undefined): string => {
  if (address === undefined) return 'unix';
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address;
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const front = head.split(':').filter(Boolean);
  const back = tail?.split(':').filter(Boolean) ?? [];
  const zeros = Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => '0');
  return [...front, ...zeros, ...back].slice(0, 4).join(':');
};

/** Counts wrong credentials by the address they came from, of 10,000 addresses at most. */
export class FailureLimit {
  readonly #now: () => number;
  /** In the order in which their minutes end. */
  readonly #tallies = new Map<string, Tally>();

  /** `now` in ms. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** How long, in ms, nothing more is taken from there; 0 if it is. */
  lockedFor(address: string | undefined): number {
    const tally = this.#tallies.get(placeOf(address));
    return tally && tally.failures > MOST_FAILURES ? Math.max(0, tally.until - this.#now()) : 0;
  }

  failed(address: string | undefined): void {
    const [place, now] = [placeOf(address), this.#now()];
    const tally = this.#tallies.get(place);
    if (tally && tally.until > now) {
      tally.failures += 1;
      return;
    }
    this.#tallies.delete(place);
    for (const [other, { until }] of this.#tallies) {
      if (until > now && this.#tallies.size < MOST_ADDRESSES) break;
      this.#tallies.delete(other);
    }
    this.#tallies.set(place, { failures: 1, until: now + SPAN_MS });
  }
}
