import type { Millis } from '../core/types.ts';
import type { Exchange } from './exchange.ts';

/** Which connection a request may go on. `recent`: a new one, or one used within the last second. */
export type Wish = 'any' | 'recent' | 'new';

interface Waiting {
  readonly exchange: Exchange;
  readonly wish: Wish;
  readonly until: Millis;
}

/** The requests that wait for a connection to one server: who comes first goes first. */
export class WaitingLine {
  /** Nobody's time is over before. */
  deadline: Millis = Number.POSITIVE_INFINITY;
  #all: Waiting[] = [];

  get length(): number {
    return this.#all.length;
  }

  get first(): Waiting | undefined {
    return this.#all[0];
  }

  add(one: Waiting): void {
    this.#all.push(one);
    this.deadline = Math.min(this.deadline, one.until);
  }

  /** The first one waits no longer. */
  shift(): Waiting | undefined {
    return this.#all.shift();
  }

  forget(exchange: Exchange): void {
    this.#all = this.#all.filter((one) => one.exchange !== exchange);
  }

  /** Those whose time is over wait no longer. */
  takeOverdue(now: Millis): readonly Waiting[] {
    const late = this.#all.filter(({ until }) => until <= now);
    this.#all = this.#all.filter(({ until }) => until > now);
    this.deadline = this.#all.reduce((first, { until }) => Math.min(first, until), Number.POSITIVE_INFINITY);
    return late;
  }
}
