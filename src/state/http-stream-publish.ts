import type net from 'node:net';
import { messageOf } from '../core/errors.ts';
import type { Millis } from '../core/types.ts';
import type { Answer } from './http-answer.ts';
import { connectTo, exchange, type PublisherTls, reasonOf, requestHead } from './http-exchange.ts';
import { LineReader } from './http-line-reader.ts';
import { describeFault, isAddressFault, readFault, STREAM_PROTOCOL } from './http-protocol.ts';
import { MAX_PROXY_LINE_BYTES, type ProxyLine, readProxyLine } from './http-stream-protocol.ts';
import { PublishError, type PublishFault } from './publish-error.ts';

/** The stream was not opened because somebody on the way does not know of streams: single posts may go through. */
export class NoStream extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NoStream';
  }
}

export interface StreamConnectionOptions {
  readonly url: URL;
  /** Header fields of the request that opens the stream. Their values go out as they are. */
  readonly fields: Readonly<Record<string, string>>;
  readonly tls: PublisherTls | undefined;
  /** Until a report must have been confirmed. */
  readonly patience: Millis;
  readonly now: () => Millis;
  /** Hears the id of the proxy, first and with whatever it says. */
  readonly onProxy: (id: string) => void;
}

interface Waiting {
  resolve(): void;
  reject(error: PublishError): void;
}

/**
 * The agent's end of one stream. What a proxy says of the reports comes later than they go: `send` waits for it only
 * while the last word was not a good one, so that a refusal that lasts is told each time.
 */
export class StreamConnection {
  readonly #options: StreamConnectionOptions;
  readonly #lines = new LineReader(MAX_PROXY_LINE_BYTES);
  #opening: net.Socket | undefined;
  #socket: net.Socket | undefined;
  #proxy: string | undefined;
  /** Sequence number of the report that was sent last. */
  #newest = -1;
  /** Since when nothing that was sent has been confirmed; undefined while there is nothing to confirm. */
  #unsureSince: Millis | undefined;
  #trusted = false;
  #waiting: Waiting | undefined;
  /** What the proxy has against the last report that it spoke of. */
  refusal: PublishError | undefined;

  constructor(options: StreamConnectionOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#socket !== undefined;
  }

  /** Nothing that was sent was confirmed for too long: somebody on the way swallows it. */
  get isSwallowed(): boolean {
    return (
      this.#unsureSince !== undefined && this.#options.now() - this.#unsureSince > this.#options.patience
    );
  }

  /** Rejects with NoStream, or with PublishError for what would be in the way of posts too. Call it once. */
  async open(limit: Millis): Promise<void> {
    const { url, fields, tls } = this.#options;
    const socket = connectTo(url, tls).on('error', () => undefined);
    this.#opening = socket;
    let reached = false;
    socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
      reached = true;
    });
    const request = requestHead('GET', url, { ...fields, connection: 'Upgrade', upgrade: STREAM_PROTOCOL });
    const answer = await exchange(socket, `${request}\r\n\r\n`, limit).catch((thrown: unknown) => {
      socket.destroy();
      throw reached ? new NoStream(messageOf(thrown), { cause: thrown }) : thrown;
    });
    if (answer.status === 101 && answer.field('upgrade').toLowerCase() === STREAM_PROTOCOL)
      return this.#begin(socket, answer.text);
    socket.destroy();
    throw notOpened(answer);
  }

  /** Resolves when the line has gone, or when the report was taken. Rejects with PublishError. One at a time. */
  send(line: string, seq: number, limit: Millis): Promise<void> {
    const trusted = this.#trusted;
    const [wait, fault] = trusted
      ? [limit, `nothing was read within ${limit} ms`]
      : [this.#options.patience, `no word of the report within ${this.#options.patience} ms`];
    return new Promise((resolve, reject) => {
      const socket = this.#socket;
      if (!socket) return reject(new PublishError('unreachable', 'the stream has ended'));
      const timer = setTimeout(() => this.#end('timeout', fault), wait);
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.#waiting = undefined;
        socket.unref();
        act();
      };
      this.#waiting = { resolve: () => settle(resolve), reject: (error) => settle(() => reject(error)) };
      this.#newest = seq;
      this.#unsureSince ??= this.#options.now();
      socket.ref().write(line, (error) => {
        if (!error && trusted && this.#newest === seq) this.#waiting?.resolve();
      });
    });
  }

  close(): void {
    this.#opening?.destroy();
    this.#end('closed', 'the driver is closed');
  }

  #begin(socket: net.Socket, first: string): void {
    this.#socket = socket;
    socket
      .on('data', (chunk) => this.#read(chunk))
      .on('error', (error) => this.#end('unreachable', reasonOf(error)))
      .on('end', () => socket.destroy())
      .on('close', () => this.#end('unreachable', 'the proxy has closed the stream'))
      .unref();
    if (first !== '') this.#read(Buffer.from(first, 'latin1'));
  }

  #read(chunk: Buffer): void {
    try {
      const whole = this.#lines.take(chunk, (text) => {
        const line = readProxyLine(text);
        if (line) this.#take(line);
      });
      if (!whole) this.#end('bad_answer', 'a line that no proxy writes');
    } catch (thrown) {
      this.#end('bad_answer', `not a line of a proxy: ${messageOf(thrown).slice(0, 80)}`);
    }
  }

  #take(line: ProxyLine): void {
    if ('proxy' in line) this.#proxy = line.proxy;
    if (this.#proxy !== undefined) this.#options.onProxy(this.#proxy);
    if ('proxy' in line) return;
    const isRefusal = 'refused' in line;
    const seq = isRefusal ? (line.refused.seq ?? this.#newest) : line.taken;
    this.#unsureSince = seq === this.#newest ? undefined : this.#options.now();
    this.refusal = isRefusal ? new PublishError(line.refused.code, describeFault(line.refused)) : undefined;
    this.#trusted = !isRefusal;
    if (seq !== this.#newest) return;
    if (this.refusal) this.#waiting?.reject(this.refusal);
    else this.#waiting?.resolve();
  }

  #end(code: PublishFault, message: string): void {
    this.#socket?.destroy();
    this.#socket = undefined;
    this.#waiting?.reject(new PublishError(code, message));
  }
}

/** What an answer other than 101 means: the proxy's own refusal, or that nobody there knows of streams. */
const notOpened = ({ status, text }: Answer): Error => {
  const fault = readFault(text);
  if (!fault || isAddressFault(fault.code)) return new NoStream(`answered ${status}`);
  return new PublishError(fault.code, `${status} ${fault.code}: ${fault.message}`);
};
