import type { EventEmitter } from 'node:events';
import type { Millis } from '../src/core/types.ts';

/** Weight of a new sample in the moving mean: 1/8, as for the round-trip time of TCP (RFC 6298, 2.3). */
const SMOOTHING = 1 / 8;

/** Counts the requests that an application is serving, and how long one takes. */
export class Requests {
  readonly #now: () => Millis;
  readonly #onChange: () => void;
  /** False until the first request: an agent that counts nothing says nothing. */
  counted = false;
  inFlight = 0;
  /** Moving mean, ms; NaN before the first request has ended. */
  serviceTime = Number.NaN;

  constructor(now: () => Millis, onChange: () => void) {
    this.#now = now;
    this.#onChange = onChange;
  }

  /** A request begins. Call the answer when it ends; later calls do nothing, so that no path can count twice. */
  begin(): () => void {
    const startedAt = this.#now();
    let open = true;
    this.counted = true;
    this.inFlight += 1;
    this.#onChange();
    return () => {
      if (!open) return;
      open = false;
      this.inFlight -= 1;
      this.#took(this.#now() - startedAt);
      this.#onChange();
    };
  }

  /** Counts what an HTTP server serves; call the answer to stop. An upgraded connection is no request any more. */
  watch(server: EventEmitter): () => void {
    this.counted = true;
    // First in the row, so that the time of a handler that works synchronously is counted too.
    const onRequest = (_request: unknown, response: EventEmitter): void => {
      response.once('close', this.begin());
    };
    server.prependListener('request', onRequest);
    return () => server.off('request', onRequest);
  }

  #took(time: Millis): void {
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
