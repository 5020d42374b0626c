import { connect, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** One answer, or why there was none. */
export interface Told {
  /** 0 if the connection ended before the answer was whole. */
  readonly status: number;
  readonly text: string;
  readonly ms: number;
}

const wholeLength = (text: string): number => {
  const head = text.indexOf('\r\n\r\n');
  if (head === -1) return Number.POSITIVE_INFINITY;
  const length = /^content-length: (\d+)\r$/im.exec(text.slice(0, head + 2))?.[1];
  return length === undefined ? Number.POSITIVE_INFINITY : head + 4 + Number(length);
};

/** A client that asks one thing after the other on a connection that it keeps. Answers must say their length. */
export class KeptClient {
  readonly #port: number;
  #socket: Socket | undefined = undefined;
  #text = '';
  #hear: () => void = () => undefined;

  constructor(port: number) {
    this.#port = port;
    onTestFinished(() => this.close());
  }

  /** Asks on the connection that is open, or on a new one. Never rejects. */
  ask(request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'): Promise<Told> {
    const begun = performance.now();
    const socket = this.#open();
    this.#text = '';
    return new Promise((resolve) => {
      const tell = (status: number): void => {
        this.#hear = () => undefined;
        resolve({ status, text: this.#text, ms: performance.now() - begun });
      };
      this.#hear = () => {
        if (this.#text.length >= wholeLength(this.#text)) tell(Number(this.#text.slice(9, 12)));
        else if (this.#socket !== socket) tell(0);
      };
      socket.write(request, 'latin1');
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): Socket {
    if (this.#socket) return this.#socket;
    const socket = connect({ port: this.#port, host: '127.0.0.1', noDelay: true });
    this.#socket = socket;
    socket.setEncoding('latin1').on('data', (text: unknown) => {
      this.#text += String(text);
      this.#hear();
    });
    const end = (): void => {
      if (this.#socket === socket) this.#socket = undefined;
      this.#hear();
    };
    socket
      .on('end', end)
      .on('close', end)
      .on('error', () => undefined);
    return socket;
  }
}
