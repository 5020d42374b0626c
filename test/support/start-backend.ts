import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import {
  type AddressInfo,
  createServer as createRawServer,
  type Server as RawServer,
  type Socket,
} from 'node:net';
import { onTestFinished } from 'vitest';

export interface Backend {
  readonly url: string;
  readonly port: number;
  /** Connections so far, and open ones. */
  readonly connections: number;
  readonly open: number;
  close(): Promise<void>;
}

export interface HttpBackend extends Backend {
  readonly server: Server;
  /** Every request that came, as it came. */
  readonly requests: readonly IncomingMessage[];
}

const listen = async (server: RawServer | Server): Promise<Backend> => {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    const closed = server.listening ? once(server, 'close') : undefined;
    server.close();
    for (const socket of sockets) resetNow(socket);
    await closed;
  };
  onTestFinished(close);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    get connections() {
      return connections;
    },
    get open() {
      return sockets.size;
    },
    close,
  };
};

/** An HTTP server for one test. */
export const startBackend = async (
  handler: RequestListener = (_req, res) => void res.end('ok'),
): Promise<HttpBackend> => {
  const requests: IncomingMessage[] = [];
  const server = createServer((req, res) => {
    requests.push(req);
    handler(req, res);
  });
  const backend = await listen(server);
  return Object.defineProperties({ server, requests } as unknown as HttpBackend, {
    ...Object.getOwnPropertyDescriptors(backend),
  });
};

/** A server for one test that does with its connections what it wants. `index`: which connection it is, from 0. */
export const startRawBackend = (onConnection: (socket: Socket, index: number) => void): Promise<Backend> => {
  let index = 0;
  return listen(
    createRawServer({ allowHalfOpen: true }, (socket) => {
      onConnection(socket, index);
      index += 1;
    }),
  );
};

/** A URL where nothing listens. */
export const aDeadUrl = async (): Promise<string> => {
  const backend = await startRawBackend(() => undefined);
  await backend.close();
  return backend.url;
};

/** Resets a connection. Node's resetAndDestroy ends it properly first; the mark that it sets has destroy() reset. */
export const resetNow = (socket: Socket): void =>
  void Object.assign(socket, { resetAndClosing: true }).destroy();

/** Calls back with the text so far whenever a socket gets some. */
export const whenSaid = (socket: Socket, hear: (text: string) => void): void => {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    hear(text);
  });
};
