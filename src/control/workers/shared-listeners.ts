import type { Millis } from '../../core/types.ts';
import type { SharedSocket } from '../../transport/connection.ts';
import { ConnectionSpread } from './connection-spread.ts';
import type { CountPairs } from './in-flight-sums.ts';
import type { ToControl } from './messages.ts';

export interface SharingParts {
  readonly now: () => Millis;
  /** Connections of clients that this worker has. */
  connections(): number;
  /** Tells control. `sent` hears when the handle is on its way, or why it cannot be. */
  send(message: ToControl, handle: object, sent: (error: Error | null) => void): void;
}

/** The sockets that this worker and the others accept connections from. */
export class SharedListeners {
  /** Connections that others have passed on, so far. */
  adopted = 0;
  readonly #parts: SharingParts;
  readonly #spread: ConnectionSpread;
  readonly #sockets: SharedSocket[] = [];

  constructor(parts: SharingParts) {
    this.#parts = parts;
    this.#spread = new ConnectionSpread(parts.now);
  }

  /** For who listens on the socket of this listener. */
  share(listener: number): SharedSocket {
    const other: SharedSocket['other'] = () => {
      const to = this.#spread.choose(this.#parts.connections());
      return to === undefined ? undefined : (handle) => this.#passOn(to, listener, handle);
    };
    const socket: SharedSocket = { other, adopt: () => undefined };
    this.#sockets[listener] = socket;
    return socket;
  }

  /** Serves a connection that another worker accepted. One that is closed by then has no handle. */
  adopt(listener: number, handle: unknown): void {
    this.adopted += 1;
    if (typeof handle === 'object' && handle !== null) this.#sockets[listener]?.adopt(handle);
  }

  /** Control is told how many connections there are, just now. */
  pulse(): void {
    this.#spread.pulse();
  }

  /** The answer to a pulse. */
  take(connections: CountPairs): void {
    this.#spread.take(connections);
  }

  #passOn(to: number, listener: number, handle: object): void {
    this.#parts.send({ kind: 'connection', to, listener }, handle, (error) => {
      if (error) this.#sockets[listener]?.adopt(handle);
      else (handle as { close(): void }).close();
    });
  }
}
