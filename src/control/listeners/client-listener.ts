import type { ListenerConfig } from '../../config/schema/schema.ts';
import type { Millis } from '../../core/types.ts';
import type { Http2Front } from '../../proxy/http2/front.ts';
import type { Connection, Transport } from '../../transport/connection.ts';
import type { ProxyHeaderParts } from './proxy-headers.ts';

/** Connections that may wait to be accepted: what the system allows. */
export const BACKLOG = 65_535;

/** What all listeners work with. */
export interface ListenerParts extends ProxyHeaderParts {
  readonly transport: Transport;
  /** Serves a connection that speaks HTTP/1.1. */
  readonly accept: (connection: Connection) => void;
  /** Serves clients that speak HTTP/2. */
  readonly http2: Http2Front;
  /** Keys of session tickets where the configuration gives none; 48 bytes. */
  readonly ticketKeys: Buffer;
  /** For a whole TLS handshake. */
  readonly handshakeTimeout: Millis;
}

/** A place where clients connect. */
export interface ClientListener {
  /** As people write it. Empty for a unix socket that somebody else opened. */
  readonly address: string;
  /** TLS handshakes under way; left out where there are none. */
  readonly handshakes?: number;
  /**
   * Takes certificates, client authorities and ticket keys of another configuration of this listener for connections to
   * come; open ones stay as they are. `ticketKeys` are those where the configuration gives none. Throws ConfigError,
   * with the old ones still in use, if they cannot be used.
   */
  update(config: ListenerConfig, ticketKeys: Buffer): void;
  /** Accepts no more. Connections stay. */
  close(): void;
}
