import type { TLSSocket } from 'node:tls';

/** What a client and we agreed on in a handshake. */
export interface TlsFacts {
  /** The name that the client asked for (SNI); empty if it named none. */
  readonly servername: string;
  /** Agreed by ALPN; empty if the client offered nothing. */
  readonly protocol: string;
  /** `TLSv1.2` or `TLSv1.3`. */
  readonly version: string;
  readonly isResumed: boolean;
  /** Subject of the client's certificate, one part a line; empty if it showed none. */
  readonly client: string;
}

/** Reads them from a socket whose handshake is over. */
export const factsOf = (socket: TLSSocket): TlsFacts => ({
  // Node says false for no name, though its types know strings only.
  servername: socket.servername || '',
  protocol: socket.alpnProtocol || '',
  version: socket.getProtocol() ?? '',
  isResumed: socket.isSessionReused(),
  client: socket.getPeerX509Certificate()?.subject ?? '',
});
