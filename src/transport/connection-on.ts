import type { Socket } from 'node:net';
import { type Connection, type ConnectionOwner, HEADROOM } from './connection.ts';
import { NetConnection } from './net-connection.ts';
import { NOBODY } from './nobody.ts';
import { RECEIVE_BYTES } from './receive-bytes.ts';

/** What a socket is, for `connectionOn`. */
export interface SocketUse {
  readonly isEncrypted: boolean;
  /** We opened it (so received bytes stand behind HEADROOM), as against accepted it. */
  readonly isOpened: boolean;
  /** Nobody, unless given. */
  readonly owner?: ConnectionOwner;
}

/**
 * A connection on a socket of Node's that somebody else made, with `allowHalfOpen`. Reading starts at once. For one
 * that we opened and that is still connecting, `onConnected` follows (for TLS, after the handshake).
 */
export const connectionOn = (socket: Socket, use: SocketUse): Connection => {
  const connection = new NetConnection(socket, use.isEncrypted, use.owner ?? NOBODY);
  if (!use.isOpened) {
    socket.on('data', (bytes: Buffer) => connection.received(bytes, 0, bytes.length));
    return connection;
  }
  const own = Buffer.allocUnsafeSlow(HEADROOM + RECEIVE_BYTES);
  socket.once(use.isEncrypted ? 'secureConnect' : 'connect', () => connection.connected());
  socket.on('data', (bytes: Buffer) => {
    const room = bytes.length <= RECEIVE_BYTES ? own : Buffer.allocUnsafeSlow(HEADROOM + bytes.length);
    bytes.copy(room, HEADROOM);
    connection.received(room, HEADROOM, HEADROOM + bytes.length);
  });
  return connection;
};
