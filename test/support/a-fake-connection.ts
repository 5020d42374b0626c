import { type Connection, type ConnectionOwner, HEADROOM } from '../../src/transport/connection.ts';
import { NOBODY } from '../../src/transport/nobody.ts';

const RECEIVED_BYTES = 64 * 1024;
/** What stands in a receive buffer once its bytes are not to be used any more. */
const GARBAGE = '#'.charCodeAt(0);

/** Waits for the end of this turn of the event loop. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * A connection without a socket whose peer is the test. It keeps the promises of Connection and no more: received bytes
 * are overwritten as soon as they may be, and bytes of a write that has not finished are looked at when it finishes.
 * What the peer does resolves at the end of the turn of the event loop; without waiting, more happens in the same turn.
 */
export class FakeConnection implements Connection {
  owner: ConnectionOwner;
  readonly isEncrypted = false;
  remoteAddress = '192.0.2.7';
  remotePort = 7;
  localAddress = '127.0.0.1';
  localPort = 8080;
  isClosed = false;
  wasReset = false;
  hasEnded = false;
  isReading = true;
  /** False: the peer reads nothing, so that writes do not finish. */
  takes = true;
  readonly #isOpened: boolean;
  readonly #buffer = Buffer.alloc(HEADROOM + RECEIVED_BYTES);
  readonly #unheard: (Buffer | 'end')[] = [];
  readonly #unfinished: Uint8Array[] = [];
  #taken = '';

  /** @param owner that of a connection that we open; accepted ones have none yet. */
  constructor(owner?: ConnectionOwner) {
    this.#isOpened = owner !== undefined;
    this.owner = owner ?? NOBODY;
  }

  /** Everything that the peer was sent and took, as latin1. */
  get taken(): string {
    return this.#taken;
  }

  /** What the peer took since the last time it was asked. */
  takeAll(): string {
    const taken = this.#taken;
    this.#taken = '';
    return taken;
  }

  connects(): Promise<void> {
    this.owner.onConnected();
    return turn();
  }

  /** The peer sends bytes: heard at once, or once reading goes on. */
  says(...pieces: readonly (string | Buffer)[]): Promise<void> {
    for (const piece of pieces)
      this.#unheard.push(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
    return this.hears();
  }

  /** The peer sends FIN. */
  ends(): Promise<void> {
    this.#unheard.push('end');
    return this.hears();
  }

  /** Hears what has come and was not heard because nobody read. */
  hears(): Promise<void> {
    while (this.isReading && !this.isClosed) {
      const next = this.#unheard.shift();
      if (next === undefined) break;
      if (next === 'end') this.owner.onEnd();
      else this.#hear(next);
    }
    return turn();
  }

  /** The peer resets, or was never there. */
  fails(code = 'ECONNRESET'): Promise<void> {
    if (!this.isClosed) {
      this.isClosed = true;
      this.owner.onFailed(code);
    }
    return turn();
  }

  /** The peer reads again, all that has piled up. */
  drains(): Promise<void> {
    this.takes = true;
    const unfinished = this.#unfinished.splice(0);
    for (const bytes of unfinished) this.#taken += Buffer.from(bytes).toString('latin1');
    if (unfinished.length > 0 && !this.isClosed) this.owner.onDrained();
    return this.hears();
  }

  write(bytes: Uint8Array): boolean {
    if (this.isClosed) return false;
    if (this.#unfinished.length > 0) throw new Error('written to before the last write had finished');
    if (this.takes) this.#taken += Buffer.from(bytes).toString('latin1');
    else this.#unfinished.push(bytes);
    return this.takes;
  }

  readStop(): void {
    this.isReading = false;
  }

  readStart(): void {
    this.isReading = true;
  }

  end(): void {
    this.hasEnded = true;
  }

  close(): void {
    this.isClosed = true;
  }

  reset(): void {
    this.isClosed = true;
    this.wasReset = true;
  }

  #hear(piece: Buffer): void {
    const start = this.#isOpened ? HEADROOM : 0;
    for (let at = 0; at < piece.length; at += RECEIVED_BYTES) {
      this.#buffer.fill(GARBAGE);
      const size = piece.copy(this.#buffer, start, at, at + RECEIVED_BYTES);
      this.owner.onData(this.#buffer, start, start + size);
      if (!this.#isOpened) this.#buffer.fill(GARBAGE);
    }
  }
}
