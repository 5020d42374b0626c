import net from 'node:net';
import tls from 'node:tls';
import { addressOf, portOf } from '../core/accept.ts';
import type { Millis } from '../core/types.ts';
import { type Answer, readAnswer } from './http-answer.ts';
import { PublishError, type PublishFault } from './publish-error.ts';

const MAX_ANSWER_BYTES = 16_384;

/** What went wrong with a connection. The error of several attempts at once has a code only. */
const reasonOf = (error: Error & { readonly code?: string }): string =>
  error.message || error.code || 'the connection failed';

/** Writes a request and waits for its answer. Leaves no listener behind. */
const exchange = (socket: net.Socket, request: string, limit: Millis): Promise<Answer> =>
  new Promise((resolve, reject) => {
    let bytes = '';
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      socket.off('data', onData).off('error', onError).off('close', onClose);
      settle();
    };
    const fail = (code: PublishFault, message: string, cause?: Error): void =>
      end(() => reject(new PublishError(code, message, { cause })));
    const onData = (chunk: Buffer): void => {
      bytes += chunk.toString('latin1');
      const answer = readAnswer(bytes, bytes.length > MAX_ANSWER_BYTES);
      if (answer) end(() => resolve(answer));
      else if (bytes.length > MAX_ANSWER_BYTES) fail('bad_answer', 'not an answer in HTTP');
    };
    const onClose = (): void => {
      const answer = readAnswer(bytes, true);
      if (answer) end(() => resolve(answer));
      else fail('unreachable', 'the connection ended without an answer');
    };
    const onError = (error: Error): void => fail('unreachable', reasonOf(error), error);
    const timer = setTimeout(() => fail('timeout', `no answer within ${limit} ms`), limit);
    socket.on('data', onData).on('error', onError).on('close', onClose);
    socket.write(request);
  });

/**
 * A connection to one proxy that carries one POST after the other. Node's HTTP client would do, but at the pace of
 * an agent nothing of it stays warm: at four reports a second it takes more CPU than all the rest of the agent.
 */
export class HttpConnection {
  readonly #url: URL;
  readonly #head: string;
  #socket: net.Socket | undefined;

  /** `fields`: header fields of every request. Their values go out as they are. */
  constructor(url: URL, fields: Readonly<Record<string, string>>) {
    this.#url = url;
    const lines = Object.entries({ host: url.host, ...fields }).map(([name, value]) => `${name}: ${value}`);
    this.#head = [`POST ${url.pathname} HTTP/1.1`, ...lines, 'content-length: '].join('\r\n');
  }

  /**
   * One exchange; the caller sees to it that there is one at a time. Rejects with PublishError if there was no
   * answer.
   */
  async post(body: string, limit: Millis): Promise<Answer> {
    const socket = this.#open();
    try {
      const size = Buffer.byteLength(body);
      const answer = await exchange(socket, `${this.#head}${size}\r\n\r\n${body}`, limit);
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
    const [host, port] = [addressOf(this.#url), portOf(this.#url)];
    const name = net.isIP(host) === 0 ? { servername: host } : {};
    const socket =
      this.#url.protocol === 'https:'
        ? tls.connect({ host, port, ALPNProtocols: ['http/1.1'], ...name })
        : net.connect({ host, port });
    socket.setNoDelay(true);
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
