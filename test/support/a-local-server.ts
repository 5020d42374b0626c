import { createServer, type Server as HttpServer, type RequestListener } from 'node:http';
import { onTestFinished } from 'vitest';
import type { Server } from '../../src/core/types.ts';
import { aServer } from '../../src/testing/index.ts';
import type { Connection, ConnectionOwner } from '../../src/transport/connection.ts';
import { connectLocal } from '../../src/transport/local-connection.ts';

export interface TestLocalServer {
  /** What stands for it in the rules of a route. */
  readonly server: Server;
  readonly http: HttpServer;
  /** Connections that were made to it. */
  readonly connections: number;
  connect(owner: ConnectionOwner): Connection;
}

/** A server within this process that Node's own HTTP server answers for, for one test. */
export const aLocalServer = (listener: RequestListener): TestLocalServer => {
  const http = createServer(listener);
  onTestFinished(() => void http.closeAllConnections());
  let connections = 0;
  return {
    server: aServer({ id: 'files', pool: 'local', slot: 0, url: 'http://no.such.host.invalid' }),
    http,
    get connections() {
      return connections;
    },
    connect: (owner) => {
      connections += 1;
      return connectLocal(owner, (stream) => http.emit('connection', stream));
    },
  };
};
