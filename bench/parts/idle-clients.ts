import { connect, type Socket } from 'node:net';

const REQUEST = 'GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n';
const END_OF_HEAD = '\r\n\r\n';
/** Connections from one address: an address has some 28,000 ports to connect from. */
const PER_ADDRESS = 10_000;
const ANSWER_MS = 10_000;

/** Opens a connection, sends one request on it, and is done when its answer has come: 200, with a body of no bytes. */
const open = (port: number, localAddress: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, localAddress });
    let answer = '';
    const fail = (thrown: Error): void => {
      socket.destroy();
      reject(new Error(`a connection could not be opened: ${thrown.message}`, { cause: thrown }));
    };
    socket.setTimeout(ANSWER_MS, () => fail(new Error(`no answer in ${ANSWER_MS} ms`)));
    socket.once('error', fail);
    socket.once('close', () => fail(new Error('it was closed')));
    socket.once('connect', () => socket.write(REQUEST));
    socket.on('data', (piece) => {
      answer += piece.toString('latin1');
      if (!answer.endsWith(END_OF_HEAD)) return;
      socket.setTimeout(0);
      socket.removeAllListeners('error').removeAllListeners('close').removeAllListeners('data');
      if (answer.startsWith('HTTP/1.1 200 ')) resolve(socket);
      else fail(new Error(answer));
    });
  });

/** Clients that each made one request and stay connected without a word. */
export class IdleClients {
  readonly #sockets = new Set<Socket>();

  /** How many are still connected. */
  get count(): number {
    return this.#sockets.size;
  }

  /** Opens so many connections to this port, some at once. Throws when one of them is not answered. */
  async open(count: number, port: number, atOnce: number): Promise<void> {
    let next = 0;
    const openSome = async (): Promise<void> => {
      while (next < count) {
        const address = `127.0.0.${2 + Math.floor(next++ / PER_ADDRESS)}`;
        const socket = await open(port, address);
        this.#sockets.add(socket);
        socket.on('error', () => {});
        socket.once('close', () => this.#sockets.delete(socket));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, openSome));
  }

  /** Closes all connections. */
  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
