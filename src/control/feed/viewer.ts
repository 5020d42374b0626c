import type { IncomingMessage, ServerResponse } from 'node:http';
import { GZIP_HEAD, type Message } from './message.ts';

/** Somebody who has not read for so long is let go; an EventSource comes again by itself. ms */
export const PATIENCE_MS = 30_000;

/** True for `gzip`, `br, gzip;q=0.5` and `*`; a quality of 0 says no (RFC 9110, 12.5.3). */
export const takesGzip = (field: string): boolean => {
  const codings = field
    .toLowerCase()
    .split(',')
    .map((coding) => coding.split(';').map((part) => part.trim()));
  const named = codings.find(([name]) => name === 'gzip') ?? codings.find(([name]) => name === '*');
  return named !== undefined && !named.slice(1).some((part) => /^q=0(?:\.0{0,3})?$/.test(part));
};

/**
 * One who watches. Of what he cannot take yet at most one message is kept, the newest snapshot; everything else is
 * dropped, since the snapshot says it too.
 */
export class Viewer {
  readonly #res: ServerResponse;
  readonly #isPacked: boolean;
  #isFull = false;
  #waiting: Message | undefined = undefined;
  #patience: NodeJS.Timeout | undefined = undefined;

  /** Begins the answer. `gone` is called once, when the connection is closed. */
  constructor(
    req: IncomingMessage,
    res: ServerResponse,
    headers: Readonly<Record<string, string>>,
    gone: (viewer: Viewer) => void,
  ) {
    this.#res = res;
    this.#isPacked = takesGzip(String(req.headers['accept-encoding'] ?? ''));
    // The limits of other answers end what is silent for a while, or takes long.
    req.socket.setTimeout(0);
    req.socket.setNoDelay(true);
    res.on('drain', () => this.#drained());
    res.on('error', () => undefined);
    res.on('close', () => {
      clearTimeout(this.#patience);
      gone(this);
    });
    res.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      vary: 'accept, accept-encoding',
      ...(this.#isPacked ? { 'content-encoding': 'gzip' } : {}),
    });
    if (this.#isPacked) res.write(GZIP_HEAD);
  }

  /** Sends a message, or drops it; a `snapshot` waits until he reads, in place of the one that waited before. */
  send(message: Message, isSnapshot: boolean): void {
    if (!this.#isFull) this.#write(message);
    else if (isSnapshot) this.#waiting = message;
  }

  /** Ends the feed. */
  close(): void {
    this.#res.destroy();
  }

  #write(message: Message): void {
    this.#isFull = !this.#res.write(this.#isPacked ? message.deflated : message.plain);
    if (this.#isFull) this.#patience = setTimeout(() => this.close(), PATIENCE_MS).unref();
  }

  #drained(): void {
    clearTimeout(this.#patience);
    this.#isFull = false;
    const message = this.#waiting;
    this.#waiting = undefined;
    if (message) this.#write(message);
  }
}
