import type { Connection, ConnectionOwner } from './connection.ts';
import { ProxyHeaderReader } from './proxy-protocol-reader.ts';
import type { ProxyEnds } from './proxy-protocol-scan.ts';

/** Milliseconds within which the whole header has to come: the proxy in front sends it at once. */
export const PROXY_HEADER_TIMEOUT = 3000;

/** Who may send a PROXY header, and how long it may take. */
export interface ProxyProtocolOptions {
  /** `address` is the peer's own as Connection has it: empty for a unix socket. */
  readonly isTrusted: (address: string) => boolean;
  /** Milliseconds; PROXY_HEADER_TIMEOUT if left out. */
  readonly timeout?: number;
}

/** Why a connection that has to begin with a PROXY header was closed; other strings are codes of the system. */
export type ProxyRefusal = 'untrusted' | 'malformed' | 'timeout' | 'ended' | (string & {});

/** Gives a connection the ends that a header told. */
export const applyProxyEnds = (connection: Connection, ends: ProxyEnds | undefined): void => {
  if (!ends) return;
  connection.remoteAddress = ends.source.address;
  connection.remotePort = ends.source.port;
  connection.localAddress = ends.destination.address;
  connection.localPort = ends.destination.port;
};

/** Owns a connection until its header is complete. */
class HeaderOwner implements ConnectionOwner {
  readonly #reader = new ProxyHeaderReader();
  readonly #connection: Connection;
  readonly #done: () => void;
  readonly #refused: (reason: ProxyRefusal) => void;
  readonly #timer: NodeJS.Timeout;

  constructor(
    connection: Connection,
    timeout: number,
    done: () => void,
    refused: (reason: ProxyRefusal) => void,
  ) {
    this.#connection = connection;
    this.#done = done;
    this.#refused = refused;
    // An open connection keeps the process alive by itself.
    this.#timer = setTimeout(() => this.#refuse('timeout'), timeout).unref();
  }

  onConnected(): void {}
  onDrained(): void {}

  onData(bytes: Buffer, start: number, end: number): void {
    const scan = this.#reader.take(bytes, start, end);
    if (scan.kind === 'partial') return;
    if (scan.kind === 'malformed') this.#refuse('malformed');
    else this.#complete(scan.ends, bytes, scan.end, end);
  }

  onEnd(): void {
    this.#refuse('ended');
  }

  onFailed(code: string): void {
    clearTimeout(this.#timer);
    this.#refused(code);
  }

  #complete(ends: ProxyEnds | undefined, bytes: Buffer, start: number, end: number): void {
    clearTimeout(this.#timer);
    applyProxyEnds(this.#connection, ends);
    this.#done();
    if (start < end && !this.#connection.isClosed) this.#connection.owner.onData(bytes, start, end);
  }

  #refuse(reason: ProxyRefusal): void {
    clearTimeout(this.#timer);
    if (this.#connection.isClosed) return;
    this.#connection.close();
    this.#refused(reason);
  }
}

/**
 * Owns an accepted connection until its PROXY header is complete. Then the connection has the ends that the header
 * tells, and `done` sets the real owner, who gets the bytes that came behind the header as its first `onData`.
 * Otherwise the connection is closed and `refused` hears why: a peer that is not trusted (before anything is read), a
 * header that is malformed or too long, one that did not come in time. Neither is called if somebody else closes it.
 */
export const awaitProxyHeader = (
  connection: Connection,
  options: ProxyProtocolOptions,
  done: () => void,
  refused: (reason: ProxyRefusal) => void,
): void => {
  const { remoteAddress, localAddress } = connection;
  // Of a TCP peer that is gone already, as after a health check, the system does not tell the address any more.
  const isGone = remoteAddress === '' && localAddress !== '';
  if (isGone || !options.isTrusted(remoteAddress)) {
    connection.close();
    refused(isGone ? 'ENOTCONN' : 'untrusted');
    return;
  }
  connection.owner = new HeaderOwner(connection, options.timeout ?? PROXY_HEADER_TIMEOUT, done, refused);
};
