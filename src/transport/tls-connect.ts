import { connect as connectSocket, isIP, type NetConnectOpts, type Socket } from 'node:net';
import tls, { type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { Connection, ConnectionOwner, SocketAddress } from './connection.ts';
import { connectionOn } from './connection-on.ts';
import { NOBODY } from './nobody.ts';

/** TLS towards one server. */
export interface TlsConnectOptions {
  /** The server's certificate has to be valid, and for its name. True if left out. */
  readonly verify?: boolean;
  /** The name that is asked for and verified; the address that is connected to if left out. */
  readonly servername?: string;
  /** Authorities in PEM form; those that come with Node if left out. */
  readonly ca?: string;
  /** PEM, for servers that ask for a certificate; together with `key`. */
  readonly cert?: string;
  readonly key?: string;
}

/**
 * Connects as `Transport.connect` does; `onConnected` comes when the handshake is over. `header` goes out before the
 * handshake: that of the PROXY protocol.
 */
export type Connect = (address: SocketAddress, owner: ConnectionOwner, header?: Uint8Array) => Connection;

/**
 * The last session of a server. Only one of a server that was verified is kept, since whoever resumes it is not looked
 * at again; Node may tell of a session before the handshake is over.
 */
class LastSession {
  #session: Buffer | undefined;

  get current(): Buffer | undefined {
    return this.#session;
  }

  watch(socket: TLSSocket): void {
    let isVerified = false;
    let offered: Buffer | undefined;
    socket.on('session', (session: Buffer) => {
      offered = session;
      if (isVerified) this.#session = session;
    });
    socket.once('secureConnect', () => {
      isVerified = true;
      this.#session = offered ?? this.#session;
    });
    socket.once('error', () => {
      this.#session = undefined;
    });
  }
}

/** Keeps the end of a server within the handshake from the owner, since the failure that it is comes right behind. */
const untilConnected = (connection: Connection, owner: ConnectionOwner): ConnectionOwner => ({
  ...NOBODY,
  onConnected() {
    connection.owner = owner;
    owner.onConnected();
  },
  onFailed: (code) => owner.onFailed(code),
});

const whereOf = (address: SocketAddress): NetConnectOpts =>
  address.kind === 'unix' ? { path: address.path } : { host: address.host, port: address.port };

/** A socket that is connecting, with bytes that go out before those of TLS. It fails and closes as the one over it. */
const socketBehind = (header: Uint8Array, address: SocketAddress): Socket => {
  const socket = connectSocket({ ...whereOf(address), allowHalfOpen: true });
  socket.write(header);
  return socket;
};

/**
 * Makes what connects to one server by TLS 1.2 or 1.3, offering `http/1.1`. It keeps the server's last session and
 * resumes it. Throws for a certificate, key or authority that cannot be used.
 * What fails is heard by `onFailed`, with Node's code: DEPTH_ZERO_SELF_SIGNED_CERT, ERR_TLS_CERT_ALTNAME_INVALID,
 * CERT_HAS_EXPIRED, ECONNREFUSED and so on. No time limit: whoever connects closes what takes too long.
 */
export const tlsConnector = (options: TlsConnectOptions): Connect => {
  const { verify = true, servername, ca, cert, key } = options;
  const session = new LastSession();
  const secureContext = tls.createSecureContext({ minVersion: 'TLSv1.2', ca, cert, key });
  const asked = servername !== undefined && isIP(servername) === 0 ? servername : '';
  return (address, owner, header) => {
    const name = servername ?? (address.kind === 'tcp' ? address.host : 'localhost');
    const settings: ConnectionOptions & { readonly allowHalfOpen: boolean } = {
      ...(header ? { socket: socketBehind(header, address) } : whereOf(address)),
      secureContext,
      session: session.current,
      servername: asked,
      checkServerIdentity: (_, certificate) => tls.checkServerIdentity(name, certificate),
      rejectUnauthorized: verify,
      ALPNProtocols: ['http/1.1'],
      allowHalfOpen: true,
    };
    const socket = tls.connect(settings);
    socket.setNoDelay(true);
    session.watch(socket);
    const connection = connectionOn(socket, { isEncrypted: true, isOpened: true });
    connection.owner = untilConnected(connection, owner);
    return connection;
  };
};
