import type net from 'node:net';
import type { Millis } from '../core/types.ts';
import type { Answer } from './http-answer.ts';
import { connectTo, exchange, type PublisherTls, requestHead } from './http-exchange.ts';

/**
 * A connection to one proxy that carries one POST after the other. Node's HTTP client would do, but at the pace of
 * an agent nothing of it stays warm: at four reports a second it takes more CPU than all the rest of the agent.
 */
export class HttpConnection {
  readonly #url: URL;
  readonly #head: string;
  readonly #tls: PublisherTls | undefined;
  #socket: net.Socket | undefined;

  /** `fields`: header fields of every request. Their values go out as they are. */
  constructor(url: URL, fields: Readonly<Record<string, string>>, tls?: PublisherTls) {
    this.#url = url;
    this.#head = requestHead('POST', url, fields);
    this.#tls = tls;
  }

  /**
   * One exchange; the caller sees to it that there is one at a time. `fields`: header fields of this request alone.
   * Rejects with PublishError if there was no answer.
   */
  async post(body: string, limit: Millis, fields: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const socket = this.#open();
    try {
      const own = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
      const head = `${this.#head}\r\n${own.join('')}content-length: ${Buffer.byteLength(body)}`;
      const answer = await exchange(socket, `${head}\r\n\r\n${body}`, limit);
      if (answer.reusable) socket.unref();
      else this.#drop(socket);
      return answer;
    } catch (thrown) {
      this.#drop(socket);
      throw thrown;
    }
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): net.Socket {
    if (this.#socket) return this.#socket.ref();
    const socket = connectTo(this.#url, this.#tls);
    // A proxy that goes away between two reports is no news: the next report finds out.
    socket.on('error', () => undefined).on('close', () => this.#drop(socket));
    this.#socket = socket;
    return socket;
  }

  #drop(socket: net.Socket): void {
    socket.destroy();
    if (this.#socket === socket) this.#socket = undefined;
  }
}
