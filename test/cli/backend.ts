import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const running: Server[] = [];

/** Starts a server behind the proxy on a port of its own, and gives its URL. */
export const startBackend = async (answer: RequestListener): Promise<string> => {
  const server = createServer(answer).listen(0, '127.0.0.1');
  running.push(server);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** Stops all of them, whatever is under way. */
export const stopBackends = (): void => {
  for (const server of running.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
};
