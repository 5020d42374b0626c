/** Bytes that stand free before what a connection that we opened receives, for a head that grows. */
export const HEADROOM = 1024;

/** Where to connect to or to listen at: an IP address and port, or a unix socket. */
export type SocketAddress =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/**
 * Who hears of a connection. Nothing is heard after the connection was closed from our side, and nothing while a call
 * to it is under way: every event comes from the event loop.
 */
export interface ConnectionOwner {
  /** The connection that was asked for is there. Not called for connections that were accepted. */
  onConnected(): void;
  /**
   * Bytes came: `bytes[start, end)`, at least one. On a connection that we opened they stay as they are until the next
   * call, and HEADROOM bytes before `start` may be written over. On an accepted one they are gone when this returns.
   */
  onData(bytes: Buffer, start: number, end: number): void;
  /** The peer sends no more. Our side can still be written to. */
  onEnd(): void;
  /** What a `write` that returned false left behind is with the kernel now; its bytes are free again. */
  onDrained(): void;
  /** The connection broke, or could not be made, and is closed. `code` as Node names it, such as ECONNREFUSED. */
  onFailed(code: string): void;
}

/** One connection, TCP or unix, plain or TLS. */
export interface Connection {
  /** Can be changed at any time: events go to whoever owns it then. */
  owner: ConnectionOwner;
  readonly isEncrypted: boolean;
  /** Name of the listener that accepted it; empty, or missing, for one that we opened. Set by whoever accepts it. */
  listener?: string;
  /** The version of HTTP that the client speaks, where the bytes are only a translation of that. */
  readonly httpVersion?: '2.0';
  /**
   * IP address of the peer, IPv4 never in IPv6 form; empty for a unix socket. A PROXY header may change these. To be
   * read for the first time while the connection is open: later nobody knows any more.
   */
  remoteAddress: string;
  remotePort: number;
  localAddress: string;
  localPort: number;
  readonly isClosed: boolean;
  /**
   * Sends bytes. True: all of them are with the kernel, and the bytes are the caller's again. False: they must not be
   * touched, and nothing more written, until `onDrained` (or `onFailed`). Bytes that `onData` of an accepted connection
   * just brought may be written as they are, and need not be kept: the transport copies them if it has to.
   * Not before `onConnected`.
   */
  write(bytes: Uint8Array): boolean;
  /** Reading starts by itself. Both may be called again and again. */
  readStop(): void;
  readStart(): void;
  /** Sends FIN once all that was written is out. Reading goes on. */
  end(): void;
  /** Closes at once. What is not with the kernel is lost. Needed also when both sides have ended. */
  close(): void;
  /** Closes at once so that the peer sees an error (RST), where the transport can. */
  reset(): void;
}

/** A socket that is listened on. */
export interface Listener {
  /** As people write it: `127.0.0.1:8080`, `[::1]:8080`, `unix:/path`. */
  readonly address: string;
  /** Accepts no more. Connections stay. */
  close(): void;
}

export interface ListenOptions {
  /** Connections that may wait to be accepted. */
  readonly backlog: number;
}

/** How a process shares a listening socket with others that accept from it too. A handle is a socket as Node keeps it. */
export interface SharedSocket {
  /**
   * Asked for each connection that is accepted, before anything of it is read: who serves it instead of this process.
   * Undefined if it stays here.
   */
  other(): ((handle: object) => void) | undefined;
  /** Set by who listens: serves a connection that another process has accepted. */
  adopt: (handle: object) => void;
}

/** What to listen on: an address, or a socket that somebody else bound and handed down. */
export type ListenTarget =
  | SocketAddress
  | { readonly kind: 'held'; readonly fd: number; readonly shared?: SharedSocket };

/** A way to move bytes. */
export interface Transport {
  readonly name: 'raw' | 'net';
  /** Connects without waiting; `onConnected` or `onFailed` follows. `host` is an IP address, never a name. */
  connect(address: SocketAddress, owner: ConnectionOwner): Connection;
  /**
   * Listens. Each new connection is handed to `accept`, which sets its owner before it returns.
   * Rejects with the system's error (`code` EADDRINUSE, EACCES, ...). The socket is bound before this returns its
   * promise, so a umask around the call holds for a unix socket. Out of descriptors, new connections are closed.
   */
  listen(
    target: ListenTarget,
    options: ListenOptions,
    accept: (connection: Connection) => void,
  ): Promise<Listener>;
}
