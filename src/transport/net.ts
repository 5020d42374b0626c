import net from 'node:net';
import {
  type Connection,
  type ConnectionOwner,
  HEADROOM,
  type Listener,
  type ListenOptions,
  type ListenTarget,
  type SocketAddress,
  type Transport,
} from './connection.ts';
import { connectionOn } from './connection-on.ts';
import { listenedAt, whereOf } from './listen-sockets.ts';
import { NetConnection } from './net-connection.ts';
import { RECEIVE_BYTES } from './receive-bytes.ts';
import { acceptShared } from './shared-socket.ts';

const connect = (address: SocketAddress, owner: ConnectionOwner): Connection => {
  const bytes = Buffer.allocUnsafeSlow(HEADROOM + RECEIVE_BYTES);
  const onread = {
    buffer: bytes.subarray(HEADROOM),
    callback: (count: number): boolean => {
      connection.received(bytes, HEADROOM, HEADROOM + count);
      return true;
    },
  };
  const where = address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port };
  const socket = net.connect({ ...where, noDelay: true, allowHalfOpen: true, onread });
  const connection = new NetConnection(socket, false, owner);
  socket.once('connect', () => connection.connected());
  return connection;
};

const listening = (server: net.Server, target: ListenTarget, options: ListenOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...whereOf(target), backlog: options.backlog }, () => {
      server.off('error', reject);
      resolve();
    });
  });

const listen = async (
  target: ListenTarget,
  options: ListenOptions,
  accept: (connection: Connection) => void,
): Promise<Listener> => {
  const allowHalfOpen = true;
  const onSocket = acceptShared(target, { allowHalfOpen }, (socket) =>
    accept(connectionOn(socket, { isEncrypted: false, isOpened: false })),
  );
  const server = net.createServer({ noDelay: true, allowHalfOpen }, onSocket);
  await listening(server, target, options);
  // A connection could not be accepted. Without a listener for it the process would end.
  server.on('error', () => {});
  return { address: listenedAt(server), close: () => void server.close() };
};

/** Moves bytes by Node's public `node:net`. Works wherever Node does. */
export const netTransport: Transport = { name: 'net', connect, listen };
