import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Millis } from '../core/types.ts';
import { STREAM_PROTOCOL } from './http-protocol.ts';
import { writeProxyLine } from './http-stream-protocol.ts';
import { ReportStream, type StreamOptions } from './http-stream-receive.ts';

/** A report is confirmed within 2.5 seconds: agents wait for 3. */
const TICK: Millis = 500;

/** Whether the head of a request asks for the protocol of streams. */
export const asksForStream = ({ headers }: IncomingMessage): boolean =>
  (headers.upgrade ?? '').toLowerCase() === STREAM_PROTOCOL;

export interface StreamsOptions {
  /** Names this proxy to the agents. */
  readonly proxy: string;
  /** A stream without a whole line for so long is closed. */
  readonly silence: Millis;
  readonly now: () => Millis;
}

/** An open stream, and whether its sender may still report. */
interface Open {
  readonly stream: ReportStream;
  readonly stillMay: () => boolean;
}

/** The streams that agents have opened at one receiver. */
export class ReportStreams {
  readonly #options: StreamsOptions;
  readonly #open = new Set<Open>();
  #ticker: NodeJS.Timeout | undefined;

  constructor(options: StreamsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#open.size;
  }

  /** Answers 101 on the socket of a request; `head`: what has come after it already. */
  start(
    socket: Socket,
    head: Buffer,
    options: Omit<StreamOptions, 'now'> & { readonly stillMay: () => boolean; readonly ended: () => void },
  ): void {
    const { proxy, now } = this.#options;
    const stream = new ReportStream(socket, { ...options, now });
    const one: Open = { stream, stillMay: options.stillMay };
    this.#open.add(one);
    this.#ticker ??= setInterval(() => this.#tick(), TICK).unref();
    socket.setNoDelay(true).setTimeout(0);
    socket
      .on('error', () => undefined)
      .on('end', () => socket.end())
      .on('close', () => {
        this.#forget(one);
        options.ended();
      })
      .on('data', (chunk: Buffer) => stream.read(chunk));
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ${STREAM_PROTOCOL}\r\n\r\n` +
        writeProxyLine({ proxy }),
    );
    if (head.length > 0) stream.read(head);
  }

  #forget(one: Open): void {
    this.#open.delete(one);
    if (this.#open.size > 0) return;
    clearInterval(this.#ticker);
    this.#ticker = undefined;
  }

  #tick(): void {
    const { now, silence } = this.#options;
    const time = now();
    for (const { stream, stillMay } of this.#open)
      if (time - stream.heardAt > silence || !stillMay()) stream.close();
      else stream.tell(time);
  }
}
