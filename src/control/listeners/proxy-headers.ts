import type { Socket } from 'node:net';
import { type AddressRule, isLoopback, isTrusted } from '../../core/accept.ts';
import type { Connection } from '../../transport/connection.ts';
import {
  awaitProxyHeader,
  type ProxyProtocolOptions,
  type ProxyRefusal,
} from '../../transport/proxy-protocol-await.ts';
import { type ConnectionEnds, takeProxyHeader } from '../../transport/tls-proxy-header.ts';

/** Connections of one listener whose header has not come yet; a header takes a moment, and has 3 s. */
const MOST_WAITING = 4096;

/** Whose PROXY headers are believed, and who hears of those that are not. */
export interface ProxyHeaderParts {
  /** `trustedProxies` of the configuration at this moment. */
  readonly trustedProxies: () => readonly AddressRule[];
  /** A connection came to nothing; `code` says why. */
  readonly refused: (code: string) => void;
}

/**
 * Who may write a PROXY header: `trustedProxies`, or peers on loopback where there are none. Who may open our unix
 * socket (its peers have no address) was settled by its permissions.
 */
export const proxyHeaderRules = ({ trustedProxies }: ProxyHeaderParts): ProxyProtocolOptions => ({
  isTrusted: (address) => {
    const rules = trustedProxies();
    return address === '' || (rules.length === 0 ? isLoopback(address) : isTrusted(address, rules));
  },
});

/** Takes PROXY headers off the connections of one listener without TLS. */
export class ProxyHeaders {
  readonly #rules: ProxyProtocolOptions;
  readonly #refused: (code: string) => void;
  #waiting = 0;

  constructor(parts: ProxyHeaderParts) {
    this.#rules = proxyHeaderRules(parts);
    this.#refused = parts.refused;
  }

  /** Hands over a connection whose ends are those of its header. */
  take(connection: Connection, accept: (connection: Connection) => void): void {
    if (this.#isFull()) {
      connection.close();
      return;
    }
    const done = (): void => {
      this.#waiting -= 1;
      accept(connection);
    };
    awaitProxyHeader(connection, this.#rules, done, this.#turnAway);
  }

  /** Hands over a socket of Node's with the ends that its header told. What came behind the header stands in it. */
  takeSocket(socket: Socket, accept: (socket: Socket, ends: ConnectionEnds) => void): void {
    if (this.#isFull()) {
      socket.destroy();
      return;
    }
    const done = (ends: ConnectionEnds): void => {
      this.#waiting -= 1;
      accept(socket, ends);
      // It was paused to keep those bytes.
      socket.resume();
    };
    takeProxyHeader(socket, this.#rules, done, this.#turnAway);
  }

  #isFull(): boolean {
    this.#waiting += 1;
    if (this.#waiting <= MOST_WAITING) return false;
    this.#waiting -= 1;
    this.#refused('TOO_MANY_PROXY_HEADERS');
    return true;
  }

  readonly #turnAway = (reason: ProxyRefusal): void => {
    this.#waiting -= 1;
    this.#refused(`PROXY_${reason.toUpperCase()}`);
  };
}
