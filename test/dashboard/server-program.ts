import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server of an application, for a whole file of tests. */
export interface ServerProgram {
  readonly url: string;
  /** How many requests have come. */
  requests(): number;
  /** Ends it at once, with its connections. May be called again. */
  close(): Promise<void>;
}

/** Starts one that answers everything. */
export const aServerProgram = async (): Promise<ServerProgram> => {
  let requests = 0;
  const server = createServer((_req, res) => {
    requests += 1;
    res.end('ok');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests: () => requests,
    close: async () => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};
