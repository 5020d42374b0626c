import { randomBytes } from 'node:crypto';
import type { Millis } from '../../core/types.ts';
import { TICKET_KEYS_BYTES } from '../../transport/tls-settings.ts';

/**
 * Whoever gets hold of a key can read what TLS 1.2 sent in all sessions that it sealed, so none is used for long: three
 * a day.
 */
const EVERY_MS: Millis = 8 * 3_600_000;

/** Makes new keys for session tickets, now and again, until it is closed. */
export class TicketKeyRotation {
  readonly #timer: NodeJS.Timeout;

  constructor(use: (keys: Buffer) => void) {
    const change = (): void => use(randomBytes(TICKET_KEYS_BYTES));
    change();
    this.#timer = setInterval(change, EVERY_MS).unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
