import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import tls, { type TLSSocket, type TlsOptions } from 'node:tls';
import type { Connection } from './connection.ts';
import { connectionOn } from './connection-on.ts';
import type { ProxyProtocolOptions } from './proxy-protocol-await.ts';
import { checkCertificates, type TlsCertificate } from './tls-certificate.ts';
import { factsOf, type TlsFacts } from './tls-facts.ts';
import { type ChooseContext, contextsByName } from './tls-names.ts';
import { type ConnectionEnds, endsOf, takeProxyHeader } from './tls-proxy-header.ts';
import { serverContextOptions, TICKET_KEYS_BYTES } from './tls-settings.ts';

/** How accepted sockets become encrypted connections. */
export interface HandshakeOptions {
  /** The first is for clients that name no server, or one that no certificate is for. */
  readonly certificates: readonly TlsCertificate[];
  /** Milliseconds for a whole handshake, behind a PROXY header. */
  readonly handshakeTimeout: number;
  /** 48 bytes, the same in all workers, so that a client can resume its session at any; random if left out. */
  readonly ticketKeys?: Buffer;
  /** PEM: clients have to show a certificate that one of these signed. */
  readonly clientCa?: string;
  /** Every connection has to begin with a PROXY header, before TLS. */
  readonly proxyProtocol?: ProxyProtocolOptions;
  /** Handshakes under way, PROXY headers with them; more connections are closed at once. 4096 if left out. */
  readonly mostHandshakes?: number;
  /** Offers `h2` before `http/1.1`, and takes the connections that agree on it. */
  readonly acceptHttp2?: (socket: TLSSocket, ends: ConnectionEnds, facts: TlsFacts) => void;
  /** A connection came to nothing. A code of Node, of OpenSSL, `PROXY_` and the reason, or `TOO_MANY_HANDSHAKES`. */
  readonly onRefused?: (code: string) => void;
}

/** Far more than come together in the time that a handshake may take. */
const MOST_HANDSHAKES = 4096;

/** The socket that TLS is spoken over. Node keeps it here, but does not document it. */
const underneath = (socket: TLSSocket): Socket | undefined =>
  (socket as { readonly _parent?: Socket })._parent;

const checkedKeys = (keys: Buffer): Buffer => {
  if (keys.length === TICKET_KEYS_BYTES) return keys;
  throw new RangeError(`keys of session tickets have ${TICKET_KEYS_BYTES} bytes, not ${keys.length}`);
};

/** Turns accepted sockets into encrypted connections. A handshake that fails is closed and counted, and that is all. */
export class TlsHandshakes {
  /** Handshakes under way, PROXY headers with them. */
  underWay = 0;
  /** Connections that came to nothing so far. */
  refused = 0;
  readonly #options: HandshakeOptions;
  readonly #accept: (connection: Connection, facts: TlsFacts) => void;
  readonly #server: tls.Server;
  /** What PROXY headers told, by the socket under TLS. */
  readonly #told = new WeakMap<Socket, ConnectionEnds>();
  #certificates: readonly TlsCertificate[];
  #clientCa: string | undefined;
  #ticketKeys: Buffer;
  #choose: ChooseContext;

  /** Throws ConfigError if any of the certificates cannot be used. */
  constructor(options: HandshakeOptions, accept: (connection: Connection, facts: TlsFacts) => void) {
    checkCertificates(options.certificates);
    this.#options = options;
    this.#accept = accept;
    this.#certificates = options.certificates;
    this.#clientCa = options.clientCa;
    this.#ticketKeys = checkedKeys(options.ticketKeys ?? randomBytes(TICKET_KEYS_BYTES));
    const context = this.#contextOptions();
    this.#choose = contextsByName(this.#certificates, context);
    this.#server = tls
      .createServer({ ...context, ...this.#serverOptions() })
      .on('secureConnection', (socket) => this.#onSecure(socket))
      .on('tlsClientError', (error, socket) => this.#onFailed(error, socket));
  }

  /** Takes a socket that was just accepted, not half-open: a peer that ends within the handshake is gone. */
  begin(socket: Socket): void {
    this.underWay += 1;
    if (this.underWay > (this.#options.mostHandshakes ?? MOST_HANDSHAKES)) {
      socket.destroy();
      this.#refuse('TOO_MANY_HANDSHAKES');
    } else if (this.#options.proxyProtocol) this.#awaitProxyHeader(socket, this.#options.proxyProtocol);
    else this.#server.emit('connection', socket);
  }

  /** See TlsListener. */
  update(certificates: readonly TlsCertificate[], clientCa?: string): void {
    checkCertificates(certificates);
    this.#certificates = certificates;
    if (this.#clientCa !== undefined) this.#clientCa = clientCa ?? this.#clientCa;
    const context = this.#contextOptions();
    this.#choose = contextsByName(certificates, context);
    this.#server.setSecureContext(context);
  }

  /** See TlsListener. */
  setTicketKeys(keys: Buffer): void {
    this.#ticketKeys = checkedKeys(keys);
    // OpenSSL seals and opens tickets by the context that a handshake began with, whatever name was asked for.
    this.#server.setTicketKeys(keys);
  }

  #contextOptions(): TlsOptions {
    const [first] = this.#certificates;
    const { cert, key } = first ?? {};
    return { ...serverContextOptions(this.#ticketKeys, this.#clientCa), cert, key };
  }

  #serverOptions(): TlsOptions {
    const { clientCa, acceptHttp2, handshakeTimeout } = this.#options;
    return {
      // It is no idle limit: what comes within a handshake does not prolong it.
      handshakeTimeout,
      ALPNProtocols: acceptHttp2 ? ['h2', 'http/1.1'] : ['http/1.1'],
      SNICallback: (servername, done) => done(null, this.#choose(servername)),
      requestCert: clientCa !== undefined,
      rejectUnauthorized: clientCa !== undefined,
    };
  }

  #awaitProxyHeader(socket: Socket, options: ProxyProtocolOptions): void {
    const done = (ends: ConnectionEnds): void => {
      this.#told.set(socket, ends);
      this.#server.emit('connection', socket);
    };
    takeProxyHeader(socket, options, done, (reason) => this.#refuse(`PROXY_${reason.toUpperCase()}`));
  }

  #onSecure(socket: TLSSocket): void {
    const below = underneath(socket);
    const told = below && this.#told.get(below);
    if (this.#options.proxyProtocol && !told) {
      socket.destroy();
      this.#refuse('PROXY_LOST');
      return;
    }
    this.underWay -= 1;
    socket.allowHalfOpen = true;
    const facts = factsOf(socket);
    const { acceptHttp2 } = this.#options;
    if (facts.protocol === 'h2' && acceptHttp2) {
      acceptHttp2(socket, told ?? endsOf(socket), facts);
      return;
    }
    const connection = connectionOn(socket, { isEncrypted: true, isOpened: false });
    this.#accept(told ? Object.assign(connection, told) : connection, facts);
  }

  #onFailed(error: NodeJS.ErrnoException, socket: TLSSocket): void {
    socket.destroy();
    // A code, such as UNABLE_TO_GET_ISSUER_CERT, where the client's certificate was at fault.
    const unauthorized = socket.authorizationError as unknown;
    this.#refuse(typeof unauthorized === 'string' ? unauthorized : (error.code ?? 'EPROTO'));
  }

  /** Every handshake ends exactly once: here, or as a connection. */
  #refuse(code: string): void {
    this.underWay -= 1;
    this.refused += 1;
    this.#options.onRefused?.(code);
  }
}
