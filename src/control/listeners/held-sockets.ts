import { lookup } from 'node:dns/promises';
import net from 'node:net';
import { constants } from 'node:os';
import type { ListenAddress } from '../../config/schema/address.ts';
import { listenFault, madePrivately, removeStaleSocket } from './listening.ts';

/** A socket that is bound and held but not accepted on: a child process inherits it and listens. */
export interface HeldSocket {
  readonly handle: unknown;
  close(): void;
}

interface BoundHandle {
  close(): void;
  /** Of TCP alone. Fills in what the socket is bound to. */
  getsockname?(into: { port?: number }): number;
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

const bound = async (address: ListenAddress, isPrivate: boolean): Promise<BoundHandle | number> => {
  if (!createHandle) return -1;
  if (address.kind === 'unix')
    return madePrivately(isPrivate, () => createHandle(address.path, -1, -1, -1, 0));
  const { address: ip, family } = await lookup(address.host);
  return createHandle(ip, address.port, family === 6 ? 6 : 4, -1, 0);
};

/**
 * libuv keeps EADDRINUSE for the moment of listening, which is not ours: the socket is open then and bound to nothing,
 * and whoever listens on it is given any free port at every address. Such a socket has no port.
 */
const isBound = (handle: BoundHandle): boolean => {
  const name: { port?: number } = {};
  return handle.getsockname === undefined || (handle.getsockname(name) === 0 && name.port !== 0);
};

/** Error codes by their numbers, which differ between systems. */
const codeOf = (number: number): string =>
  Object.entries(constants.errno).find(([, value]) => value === -number)?.[0] ?? `error ${number}`;

/**
 * Binds a socket for a child. `isPrivate`: a unix socket is for this user alone. Throws with a reason that a person can
 * act on.
 */
export const holdSocket = async (
  address: ListenAddress,
  what: string,
  isPrivate = false,
): Promise<HeldSocket> => {
  if (address.kind === 'unix') await removeStaleSocket(address.path);
  const handle = await bound(address, isPrivate).catch((error: NodeJS.ErrnoException) => {
    throw listenFault(what, error);
  });
  if (typeof handle !== 'number' && isBound(handle)) return { handle, close: () => handle.close() };
  if (typeof handle !== 'number') handle.close();
  const code = typeof handle === 'number' ? codeOf(handle) : 'EADDRINUSE';
  throw listenFault(what, Object.assign(new Error(code), { code }));
};
