import type { ListenerTls } from '../../config/completing/tls-config.ts';
import type { ListenerConfig } from '../../config/schema/schema.ts';
import type { ListenTarget } from '../../transport/connection.ts';
import { listenTls, type TlsListener, type TlsListenOptions } from '../../transport/tls-listener.ts';
import { BACKLOG, type ClientListener, type ListenerParts } from './client-listener.ts';
import { proxyHeaderRules } from './proxy-headers.ts';

const keysOf = ({ ticketKeys }: ListenerTls, shared: Buffer): Buffer =>
  ticketKeys === undefined ? shared : Buffer.from(ticketKeys, 'base64');

const optionsFrom = (
  { http2, proxyProtocol }: ListenerConfig,
  tls: ListenerTls,
  parts: ListenerParts,
): TlsListenOptions => ({
  backlog: BACKLOG,
  certificates: tls.certificates,
  ticketKeys: keysOf(tls, parts.ticketKeys),
  handshakeTimeout: parts.handshakeTimeout,
  onRefused: parts.refused,
  ...(tls.clientCa === undefined ? {} : { clientCa: tls.clientCa }),
  ...(proxyProtocol ? { proxyProtocol: proxyHeaderRules(parts) } : {}),
  ...(http2 ? { acceptHttp2: (socket, ends) => parts.http2.serve(socket, ends) } : {}),
});

/** The part of the configuration that a new context is made of, to be compared. */
const contextText = ({ certificates, clientCa }: ListenerTls): string =>
  JSON.stringify([certificates, clientCa]);

/** A listener that takes new certificates and keys while it listens. */
class UpdatableListener implements ClientListener {
  readonly address: string;
  readonly #listener: TlsListener;
  #context: string;

  constructor(listener: TlsListener, tls: ListenerTls) {
    this.address = listener.address;
    this.#listener = listener;
    this.#context = contextText(tls);
  }

  get handshakes(): number {
    return this.#listener.handshakes;
  }

  update({ tls }: ListenerConfig, shared: Buffer): void {
    if (!tls) return;
    const context = contextText(tls);
    // A context for each of many certificates takes its time.
    if (context !== this.#context) this.#listener.update(tls.certificates, tls.clientCa);
    this.#context = context;
    this.#listener.setTicketKeys(keysOf(tls, shared));
  }

  close(): void {
    this.#listener.close();
  }
}

/** Opens a listener whose clients speak TLS, and in it HTTP/1.1, or HTTP/2 where both sides want that. */
export const openTlsListener = async (
  target: ListenTarget,
  config: ListenerConfig,
  tls: ListenerTls,
  parts: ListenerParts,
): Promise<ClientListener> =>
  new UpdatableListener(await listenTls(target, optionsFrom(config, tls, parts), parts.accept), tls);
