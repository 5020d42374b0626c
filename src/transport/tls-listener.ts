import type { Connection, Listener, ListenOptions, ListenTarget } from './connection.ts';
import { listenSockets } from './listen-sockets.ts';
import type { TlsCertificate } from './tls-certificate.ts';
import type { TlsFacts } from './tls-facts.ts';
import { type HandshakeOptions, TlsHandshakes } from './tls-handshakes.ts';

/** How TLS is listened for. */
export type TlsListenOptions = ListenOptions & HandshakeOptions;

/** A socket on which clients speak TLS. */
export interface TlsListener extends Listener {
  /** Handshakes under way, PROXY headers with them. */
  readonly handshakes: number;
  /** Connections that came to nothing so far. */
  readonly refused: number;
  /**
   * New handshakes use these from now on; connections stay as they are. Throws ConfigError, with the old ones still in
   * use, if any of them cannot be used. `clientCa`: other authorities for the certificates of clients; whether clients
   * need one at all was settled when the listener was opened.
   */
  update(certificates: readonly TlsCertificate[], clientCa?: string): void;
  /**
   * Seals session tickets with other keys from now on; throws RangeError unless they are 48 bytes. Node takes one key
   * at a time, so a ticket under the former one is not opened any more: its owner makes a full handshake once, and
   * fails at nothing. Change them a few times a day, in all workers at the same moment: whoever steals a key can read
   * what TLS 1.2 sent in the sessions that it sealed.
   */
  setTicketKeys(keys: Buffer): void;
}

/**
 * Listens for TLS 1.2 and 1.3. Each connection is handed to `accept` when its handshake is over, with what was agreed
 * on; `accept` sets its owner before it returns. Rejects with ConfigError for certificates that cannot be used, else
 * with the system's error. Runs on Node's own sockets, whatever moves plain bytes.
 */
export const listenTls = async (
  target: ListenTarget,
  options: TlsListenOptions,
  accept: (connection: Connection, facts: TlsFacts) => void,
): Promise<TlsListener> => {
  const handshakes = new TlsHandshakes(options, accept);
  const { address, close } = await listenSockets(target, { ...options, allowHalfOpen: false }, (socket) =>
    handshakes.begin(socket),
  );
  return {
    address,
    close,
    get handshakes() {
      return handshakes.underWay;
    },
    get refused() {
      return handshakes.refused;
    },
    update: (certificates, clientCa) => handshakes.update(certificates, clientCa),
    setTicketKeys: (keys) => handshakes.setTicketKeys(keys),
  };
};
