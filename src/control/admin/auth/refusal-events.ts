import type { EventLog } from '../../events/events.ts';

/** So many are told one by one in a minute; the others are counted. */
const MOST_TOLD = 20;
const SPAN_MS = 60_000;

/** Tells of requests that the admin listener refused, so that a flood of them is no flood of events. */
export class RefusalEvents {
  readonly #events: Pick<EventLog, 'add'>;
  readonly #now: () => number;
  #since = Number.NEGATIVE_INFINITY;
  #told = 0;
  #untold = 0;

  /** `now` in ms. */
  constructor(events: Pick<EventLog, 'add'>, now: () => number) {
    this.#events = events;
    this.#now = now;
  }

  /** `text` has nothing in it that a stranger has written. */
  add(address: string | undefined, text: string): void {
    const now = this.#now();
    if (now - this.#since >= SPAN_MS) {
      this.#since = now;
      this.#told = 0;
    }
    if (this.#told >= MOST_TOLD) {
      this.#untold += 1;
      return;
    }
    this.#told += 1;
    const more = this.#untold > 0 ? ` (${this.#untold} more were not told)` : '';
    this.#untold = 0;
    this.#events.add('admin_refused', `admin: ${address ?? 'the socket'} ${text}${more}`, 'warn');
  }
}
