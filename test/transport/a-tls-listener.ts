import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import tls, { type ConnectionOptions, type TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';
import type { Connection, ListenTarget } from '../../src/transport/connection.ts';
import type { TlsFacts } from '../../src/transport/tls-facts.ts';
import { listenTls, type TlsListener, type TlsListenOptions } from '../../src/transport/tls-listener.ts';
import { Echo } from './an-echo.ts';

export interface TestTlsListener {
  readonly listener: TlsListener;
  readonly port: number;
  readonly facts: TlsFacts[];
  readonly connections: Connection[];
  readonly echoes: Echo[];
  /** Codes of connections that came to nothing. */
  readonly refusals: string[];
}

const ANYWHERE: ListenTarget = { kind: 'tcp', host: '127.0.0.1', port: 0 };

/** A TLS listener that echoes, closed when the test is over. */
export const aTlsListener = async (
  options: Partial<TlsListenOptions> & Pick<TlsListenOptions, 'certificates'>,
  target: ListenTarget = ANYWHERE,
): Promise<TestTlsListener> => {
  const facts: TlsFacts[] = [];
  const connections: Connection[] = [];
  const echoes: Echo[] = [];
  const refusals: string[] = [];
  const settings = { backlog: 100, handshakeTimeout: 5000, onRefused: (code: string) => refusals.push(code) };
  const listener = await listenTls(target, { ...settings, ...options }, (connection, agreed) => {
    connections.push(connection);
    facts.push(agreed);
    echoes.push(new Echo(connection));
  });
  onTestFinished(() => {
    listener.close();
    for (const connection of connections) connection.close();
  });
  return { listener, port: Number(/\d+$/.exec(listener.address)), facts, connections, echoes, refusals };
};

/** A TLS client that verifies nothing, connected. Rejects if the handshake fails. */
export const aTlsClient = async (port: number, options: ConnectionOptions = {}): Promise<TLSSocket> => {
  const socket = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
};

/** A plain client, connected. */
export const aPlainClient = async (port: number): Promise<net.Socket> => {
  const socket = net.connect(port, '127.0.0.1').on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
};

/** Sends a text and resolves with as much text as came back. */
export const echoed = async (socket: TLSSocket, text: string): Promise<string> => {
  socket.write(text);
  let back = '';
  while (back.length < text.length) back += String((await once(socket, 'data'))[0]);
  return back;
};

/** A server of Node's on any port, closed when the test is over. */
export const listeningPort = async (server: net.Server): Promise<number> => {
  const open = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => open.add(socket.on('error', () => {})));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
};
