import type { Millis } from '../src/core/types.ts';
import { Latencies } from './latencies.ts';

/** Weight of a new sample in the moving mean: 1/8, as for the round-trip time of TCP (RFC 6298, 2.3). */
const SMOOTHING = 1 / 8;

/** How a request ended: answered, failed (a status from 500 on), or cut off before it had its answer. */
export type Ending = 'answered' | 'failed' | 'cut';

/** Ends a request. Later calls do nothing, so that no path can count twice. `answered` if nothing is said. */
export type EndRequest = (how?: Ending) => void;

/** Counts the requests that an application is serving, and how long one takes. */
export class Requests {
  readonly #now: () => Millis;
  readonly #onChange: () => void;
  readonly #latencies = new Latencies();
  /** False until the first request: an agent that counts nothing says nothing. */
  counted = false;
  inFlight = 0;
  /** Requests that ended so far, and those of them that failed. */
  ended = 0;
  failed = 0;
  /** Moving mean, ms; NaN before the first request has ended. */
  serviceTime = Number.NaN;

  constructor(now: () => Millis, onChange: () => void) {
    this.#now = now;
    this.#onChange = onChange;
  }

  /** A request begins. Call the answer when it ends. */
  begin(): EndRequest {
    const startedAt = this.#now();
    const before = this.inFlight;
    let open = true;
    this.counted = true;
    this.inFlight = before + 1;
    this.#onChange();
    return (how = 'answered') => {
      if (!open) return;
      open = false;
      this.inFlight -= 1;
      this.ended += 1;
      if (how === 'failed') this.failed += 1;
      // Neither a failure nor a client that left is a fast answer.
      if (how === 'answered') this.#took(startedAt, before);
      this.#onChange();
    };
  }

  /** How long a request takes that comes now, ms; NaN while none has ended lately. */
  latency(now: Millis): Millis {
    return this.#latencies.near(this.inFlight, now);
  }

  #took(startedAt: Millis, before: number): void {
    const now = this.#now();
    const time = now - startedAt;
    this.#latencies.add(before, time, now);
    this.serviceTime = Number.isNaN(this.serviceTime)
      ? time
      : this.serviceTime + (time - this.serviceTime) * SMOOTHING;
  }
}

/**
 * Whether the proxies should hear of a change now and not at the next interval: the server became busy or idle, or
 * above a handful of requests their number doubled or halved. `said`: what the last report said.
 */
export const isNotable = (said: number, now: number): boolean => {
  if ((said === 0) !== (now === 0)) return true;
  return Math.max(said, now) > 4 && (now >= 2 * said || now <= said / 2);
};
