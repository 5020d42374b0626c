import net from 'node:net';
import type { ListenAddress } from '../config/address.ts';
import { listenFault, removeStaleSocket } from './listening.ts';

/** A socket that is bound and held but not accepted on: a child process inherits it and listens. */
export interface HeldSocket {
  readonly handle: unknown;
  close(): void;
}

interface BoundHandle {
  close(): void;
}

type CreateHandle = (
  address: string,
  port: number,
  family: number,
  fd: number,
  flags: number,
) => BoundHandle | number;

/**
 * Node's cluster module binds the sockets of its workers with this function. It is exported but not documented, and
 * it is the only way to hold a listening socket without accepting on it, so it is used here and nowhere else.
 */
const createHandle = (net as unknown as { _createServerHandle?: CreateHandle })._createServerHandle;

/** True where this Node can hold sockets for a child. Elsewhere the child opens its own. */
export const canHoldSockets = typeof createHandle === 'function' && process.platform !== 'win32';

const bound = (address: ListenAddress): BoundHandle | number => {
  if (!createHandle) return -1;
  if (address.kind === 'unix') return createHandle(address.path, -1, -1, -1, 0);
  return createHandle(address.host, address.port, net.isIP(address.host) === 6 ? 6 : 4, -1, 0);
};

/** Binds a socket for a child. Throws with a reason that a person can act on. */
export const holdSocket = async (address: ListenAddress, what: string): Promise<HeldSocket> => {
  if (address.kind === 'unix') await removeStaleSocket(address.path);
  const handle = bound(address);
  if (typeof handle !== 'number') return { handle, close: () => handle.close() };
  const code =
    handle === -13
      ? 'EACCES'
      : handle === -98 || handle === -48
        ? 'EADDRINUSE'
        : handle === -99
          ? 'EADDRNOTAVAIL'
          : `error ${handle}`;
  throw listenFault(what, Object.assign(new Error(code), { code }));
};
