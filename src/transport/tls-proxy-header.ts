import type { Socket } from 'node:net';
import { plainAddress } from './address-text.ts';
import type { Connection } from './connection.ts';
import { connectionOn } from './connection-on.ts';
import { NOBODY } from './nobody.ts';
import { awaitProxyHeader, type ProxyProtocolOptions, type ProxyRefusal } from './proxy-protocol-await.ts';

/** Who speaks with whom on a connection. */
export type ConnectionEnds = Readonly<
  Pick<Connection, 'remoteAddress' | 'remotePort' | 'localAddress' | 'localPort'>
>;

/** The ends of a connection, or of a socket of Node's, as they are now. */
export const endsOf = (
  connection: { readonly [End in keyof ConnectionEnds]?: ConnectionEnds[End] | undefined },
): ConnectionEnds => ({
  remoteAddress: plainAddress(connection.remoteAddress ?? ''),
  remotePort: connection.remotePort ?? 0,
  localAddress: plainAddress(connection.localAddress ?? ''),
  localPort: connection.localPort ?? 0,
});

/**
 * Takes the PROXY header off an accepted socket. `done` hears the ends that hold from then on; what came behind the
 * header is in the socket again, which is paused, for TLS to read. Otherwise the socket is closed and `refused` hears
 * why.
 */
export const takeProxyHeader = (
  socket: Socket,
  options: ProxyProtocolOptions,
  done: (ends: ConnectionEnds) => void,
  refused: (reason: ProxyRefusal) => void,
): void => {
  const connection = connectionOn(socket, { isEncrypted: false, isOpened: false });
  const complete = (): void => {
    socket.removeAllListeners('data').pause();
    connection.owner = {
      ...NOBODY,
      onData: (bytes, start, end) => socket.unshift(bytes.subarray(start, end)),
    };
    // Only behind this call are those bytes back in the socket.
    queueMicrotask(() => done(endsOf(connection)));
  };
  awaitProxyHeader(connection, options, complete, refused);
};
