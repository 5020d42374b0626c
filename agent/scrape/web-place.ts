import type { Socket } from 'node:net';
import { messageOf } from '../../src/core/errors.ts';
import { connectTo } from '../../src/state/http-exchange.ts';
import { type Page, PageReader } from './page-reader.ts';
import { type Place, READ_TIMEOUT } from './place.ts';

const ACCEPT = 'application/json, text/plain;version=0.0.4;q=0.9, */*;q=0.1';

const credentialsOf = ({ username, password }: URL): readonly string[] => {
  if (username === '' && password === '') return [];
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return [`authorization: Basic ${Buffer.from(pair).toString('base64')}`];
};

const requestFor = (url: URL): string =>
  [
    `GET ${url.pathname}${url.search} HTTP/1.1`,
    `host: ${url.host}`,
    `accept: ${ACCEPT}`,
    'user-agent: forehand-agent',
    ...credentialsOf(url),
    '\r\n',
  ].join('\r\n');

/** The server closed a kept connection just now: no fault of anybody. */
class LostConnection extends Error {}

/** Writes a request and reads the answer. Leaves no listener behind. `ref`: keeps the process alive meanwhile. */
const ask = (socket: Socket, request: string, ref: boolean): Promise<Page> =>
  new Promise((resolve, reject) => {
    const reader = new PageReader();
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      socket.off('data', onData).off('error', onError).off('close', onClose);
      settle();
    };
    const attempt = (read: () => Page | undefined): void => {
      try {
        const page = read();
        if (page) end(() => resolve(page));
      } catch (thrown) {
        end(() => reject(thrown));
      }
    };
    const lost = (error: Error): void =>
      end(() => reject(reader.begun ? error : new LostConnection(messageOf(error), { cause: error })));
    const onData = (bytes: Buffer): void => attempt(() => reader.take(bytes));
    const onClose = (): void => (reader.begun ? attempt(() => reader.end()) : lost(new Error('no answer')));
    const onError = (error: Error & { readonly code?: string }): void =>
      lost(error.message ? error : new Error(error.code ?? 'the connection failed'));
    const late = new Error(`no answer within ${READ_TIMEOUT} ms`);
    const timer = setTimeout(() => end(() => reject(late)), READ_TIMEOUT);
    if (!ref) timer.unref();
    socket.on('data', onData).on('error', onError).on('close', onClose);
    socket.write(request);
  });

/**
 * A page of an HTTP server, read over one connection that is kept. Follows no redirects. Node's own client would do,
 * but at the pace of an agent nothing of it stays warm, and it alone would use up the agent's share of a core.
 */
export class WebPlace implements Place {
  readonly name: string;
  readonly #url: URL;
  readonly #request: string;
  readonly #ref: boolean;
  #socket: Socket | undefined;
  #closed = false;

  /** `ref`: a reading that is under way keeps the process alive. */
  constructor(url: URL, { ref }: { readonly ref: boolean }) {
    this.name = `${url.origin}${url.pathname}`;
    this.#url = url;
    this.#request = requestFor(url);
    this.#ref = ref;
  }

  async read(): Promise<string> {
    const wasKept = this.#socket !== undefined;
    try {
      return await this.#readOnce();
    } catch (thrown) {
      if (!wasKept || this.#closed || !(thrown instanceof LostConnection)) throw thrown;
      return this.#readOnce();
    }
  }

  close(): void {
    this.#closed = true;
    this.#socket?.destroy();
  }

  async #readOnce(): Promise<string> {
    const socket = this.#open();
    let page: Page | undefined;
    try {
      page = await ask(socket, this.#request, this.#ref);
    } finally {
      if (page?.reusable) socket.unref();
      else this.#drop(socket);
    }
    if (page.status === 200) return page.text;
    const redirect = page.status >= 300 && page.status < 400;
    throw new Error(
      `answered ${page.status}${redirect ? ', and redirects are not followed' : ', expected 200'}`,
    );
  }

  #open(): Socket {
    const socket = this.#socket ?? this.#connect();
    return this.#ref ? socket.ref() : socket.unref();
  }

  #connect(): Socket {
    const socket = connectTo(this.#url);
    // A server that goes away between two readings is no news: the next reading finds out.
    socket.on('error', () => undefined).on('close', () => this.#drop(socket));
    this.#socket = socket;
    return socket;
  }

  #drop(socket: Socket): void {
    socket.destroy();
    if (this.#socket === socket) this.#socket = undefined;
  }
}
