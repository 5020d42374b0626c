import { Socket, type SocketConstructorOpts } from 'node:net';
import type { ListenTarget } from './connection.ts';

interface Handle {
  /** Set while a socket has it read. */
  reading: boolean;
  readStop(): number;
}

/** Node keeps the handle of a socket here, but does not document it. */
interface WithHandle {
  _handle: (object & Handle) | null;
}

/**
 * Takes the handle from a socket that was accepted in this turn of the event loop. Nothing has been read from it then:
 * libuv reads in a later one, which is stopped here. Undefined if the connection is gone.
 */
const takeHandle = (socket: Socket): object | undefined => {
  const holder = socket as unknown as WithHandle;
  const handle = holder._handle;
  if (!handle) return undefined;
  handle.readStop();
  handle.reading = false;
  holder._handle = null;
  return handle;
};

/**
 * What a server of Node's does with a socket that it has accepted: it may belong to another process that shares the
 * listening socket, which then is served by that one; and what others accepted is served here.
 */
export const acceptShared = (
  target: ListenTarget,
  { allowHalfOpen }: { readonly allowHalfOpen: boolean },
  accept: (socket: Socket) => void,
): ((socket: Socket) => void) => {
  const shared = target.kind === 'held' ? target.shared : undefined;
  if (!shared) return accept;
  shared.adopt = (handle) => {
    const options = { handle, allowHalfOpen, readable: true, writable: true };
    const socket = new Socket(options as SocketConstructorOpts);
    socket.setNoDelay(true);
    accept(socket);
  };
  return (socket) => {
    const other = shared.other();
    if (!other) {
      accept(socket);
      return;
    }
    const handle = takeHandle(socket);
    if (handle) other(handle);
  };
};
