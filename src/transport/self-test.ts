import { messageOf } from '../core/errors.ts';
import type { Connection, ConnectionOwner, Listener, Transport } from './connection.ts';

/** A prime, so that no buffer's size divides it and a byte that is out of place shows. */
const PIECE_BYTES = 262_139;
/** More than a system's socket buffers ever hold. */
const MAX_PIECES = 128;

const somePiece = (): Buffer => {
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  for (let i = 0; i < PIECE_BYTES; i++) piece[i] = (i * 31 + (i >>> 8) * 7) & 255;
  return piece;
};

/** Sends back what comes, and FIN for FIN. Reads nothing before `connection.readStart`. */
const echo = (connection: Connection, fail: (reason: string) => void): void => {
  connection.readStop();
  connection.owner = {
    onConnected: () => fail('an accepted connection was called connected'),
    onData: (bytes, start, end) => {
      if (!connection.write(bytes.subarray(start, end))) connection.readStop();
    },
    onDrained: () => connection.readStart(),
    onEnd: () => connection.end(),
    onFailed: (code) => fail(`the accepted connection failed with ${code}`),
  };
};

/** Writes until a write has to wait, then checks that all comes back, and then the FIN. */
class EchoedClient implements ConnectionOwner {
  connection: Connection | undefined;
  readonly #piece = somePiece();
  readonly #onFull: () => void;
  readonly #settle: (reason?: string) => void;
  #sent = 0;
  #received = 0;

  constructor(onFull: () => void, settle: (reason?: string) => void) {
    this.#onFull = onFull;
    this.#settle = settle;
  }

  onConnected(): void {
    for (let i = 0; i < MAX_PIECES; i++) {
      this.#sent += PIECE_BYTES;
      if (this.connection?.write(this.#piece) === false) {
        this.#onFull();
        return;
      }
    }
    this.#settle('no write had to wait');
  }

  onDrained(): void {
    this.connection?.end();
  }

  onData(bytes: Buffer, start: number, end: number): void {
    let at = start;
    while (at < end) {
      const from = this.#received % PIECE_BYTES;
      const length = Math.min(end - at, PIECE_BYTES - from);
      if (bytes.compare(this.#piece, from, from + length, at, at + length) !== 0)
        this.#settle(`bytes were changed on the way, near byte ${this.#received}`);
      this.#received += length;
      at += length;
    }
  }

  onEnd(): void {
    if (this.#received === this.#sent) this.#settle();
    else this.#settle(`${this.#received} of ${this.#sent} bytes came back`);
  }

  onFailed(code: string): void {
    this.#settle(`the connection failed with ${code}`);
  }
}

const portOf = (listener: Listener): number => Number(listener.address.split(':').pop());

/**
 * Sends bytes to itself over loopback and back, until a write has to wait, and compares them. Rejects with the reason
 * if that does not work, also if it takes longer than `limit` milliseconds. Leaves nothing open.
 */
export const selfTest = async (transport: Transport, limit: number): Promise<void> => {
  const open: { close(): void }[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      const settle = (reason?: string): void => (reason ? reject(new Error(reason)) : resolve());
      const timer = setTimeout(settle, limit, `not done within ${limit} ms`);
      open.push({ close: () => clearTimeout(timer) });
      let accepted: Connection | undefined;
      let isFull = false;
      const startEcho = (): void => {
        if (accepted && isFull) accepted.readStart();
      };
      const accept = (connection: Connection): void => {
        accepted = connection;
        open.push(connection);
        echo(connection, settle);
        startEcho();
      };
      const client = new EchoedClient(() => {
        isFull = true;
        startEcho();
      }, settle);
      const begin = (listener: Listener): void => {
        open.push(listener);
        client.connection = transport.connect(
          { kind: 'tcp', host: '127.0.0.1', port: portOf(listener) },
          client,
        );
        open.push(client.connection);
      };
      transport
        .listen({ kind: 'tcp', host: '127.0.0.1', port: 0 }, { backlog: 8 }, accept)
        .then(begin)
        .catch((thrown: unknown) => settle(messageOf(thrown)));
    });
  } finally {
    for (const one of open) one.close();
  }
};
