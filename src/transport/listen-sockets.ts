import net, { type Socket } from 'node:net';
import { addressText, plainAddress } from './address-text.ts';
import type { Listener, ListenOptions, ListenTarget } from './connection.ts';
import { acceptShared } from './shared-socket.ts';

/** What Node's `listen` is told. */
export const whereOf = (target: ListenTarget): net.ListenOptions & { readonly fd?: number } => {
  if (target.kind === 'held') return { fd: target.fd };
  return target.kind === 'unix' ? { path: target.path } : { host: target.host, port: target.port };
};

/** Where a server listens, as people write it; empty where it does not, or has no name. */
export const listenedAt = (server: net.Server): string => {
  const address = server.address();
  if (address === null) return '';
  if (typeof address === 'string') return address && `unix:${address}`;
  return addressText(plainAddress(address.address), address.port);
};

/** As ListenOptions, and whether our side of a socket stays open when the peer sends no more. */
export interface SocketListenOptions extends ListenOptions {
  readonly allowHalfOpen: boolean;
}

/** Listens by `node:net` and hands out Node's own sockets. Rejects with the system's error. */
export const listenSockets = async (
  target: ListenTarget,
  options: SocketListenOptions,
  accept: (socket: Socket) => void,
): Promise<Listener> => {
  const { allowHalfOpen } = options;
  const onSocket = acceptShared(target, { allowHalfOpen }, accept);
  const server = net.createServer({ noDelay: true, allowHalfOpen }, onSocket);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...whereOf(target), backlog: options.backlog }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  // Descriptors ran out: libuv has closed who waited. Without a listener the process would end.
  server.on('error', () => {});
  return { address: listenedAt(server), close: () => void server.close() };
};
