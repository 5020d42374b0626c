import type { Socket } from 'node:net';
import type { Millis } from '../../core/types.ts';
import type { Client, EngineContext } from '../engine-context.ts';
import type { Deadlined } from '../sweep.ts';

/** What a client of HTTP/2 sends first (RFC 9113, 3.4). */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** What the first bytes are: HTTP/2, not HTTP/2, or too few of them to tell. */
export const isPreface = (bytes: Buffer): boolean | undefined => {
  const length = Math.min(bytes.length, PREFACE.length);
  if (PREFACE.compare(bytes, 0, length, 0, length) !== 0) return false;
  return bytes.length >= PREFACE.length ? true : undefined;
};

/** A client that has not shown yet which version of HTTP it speaks. */
export class UndecidedClient implements Client, Deadlined {
  readonly isIdle = true;
  readonly carries = 'nothing';
  readonly listener: string;
  readonly deadline: Millis;
  readonly #socket: Socket;
  readonly #engine: EngineContext;
  readonly #decided: (isHttp2: boolean) => void;
  #bytes: Buffer = Buffer.alloc(0);

  /** `decided` is called at most once; what the socket has received stands in it again then, and it is paused. */
  constructor(socket: Socket, listener: string, engine: EngineContext, decided: (isHttp2: boolean) => void) {
    this.#socket = socket;
    this.#engine = engine;
    this.listener = listener;
    this.#decided = decided;
    this.deadline = engine.sweep.now + engine.settings.timeouts.requestHeaders;
    socket
      .on('data', this.#onData)
      .on('end', this.#onGone)
      .on('error', this.#onGone)
      .on('close', this.#onGone);
    engine.clients.add(this);
    engine.sweep.add(this);
  }

  overdue(): void {
    this.close();
  }

  retire(): void {
    this.close();
  }

  close(): void {
    this.#forget();
    this.#socket.on('error', () => {}).destroy();
  }

  readonly #onData = (bytes: Buffer): void => {
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes]);
    const isHttp2 = isPreface(this.#bytes);
    if (isHttp2 === undefined) return;
    this.#forget();
    this.#socket.pause();
    this.#socket.unshift(this.#bytes);
    this.#decided(isHttp2);
  };

  readonly #onGone = (): void => this.close();

  #forget(): void {
    this.#socket
      .off('data', this.#onData)
      .off('end', this.#onGone)
      .off('error', this.#onGone)
      .off('close', this.#onGone);
    this.#engine.clients.delete(this);
    this.#engine.sweep.delete(this);
  }
}
