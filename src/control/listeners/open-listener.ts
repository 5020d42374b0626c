import type { ListenerConfig } from '../../config/schema/schema.ts';
import { http2Fault } from '../../proxy/http2/self-test.ts';
import type { Listener, ListenTarget } from '../../transport/connection.ts';
import { listenSockets } from '../../transport/listen-sockets.ts';
import { BACKLOG, type ClientListener, type ListenerParts } from './client-listener.ts';
import { openTlsListener } from './open-tls-listener.ts';
import { ProxyHeaders } from './proxy-headers.ts';

let http2Trial: Promise<string | undefined> | undefined;

/** Some Node must not offer HTTP/2. Tried once a process. */
const checkHttp2 = async (): Promise<void> => {
  http2Trial ??= http2Fault();
  const fault = await http2Trial;
  if (fault !== undefined) throw new Error(fault);
};

/**
 * Opens a listener: what its clients speak is decided here. Rejects with the system's error, with ConfigError, or where
 * HTTP/2 is wanted and this Node's is not safe.
 */
export const openListener = async (
  target: ListenTarget,
  config: ListenerConfig,
  parts: ListenerParts,
): Promise<ClientListener> => {
  if (config.http2 || config.h2c) await checkHttp2();
  if (config.tls) return openTlsListener(target, config, config.tls, parts);
  const { address, close } = config.h2c
    ? await listenForEither(target, config, parts)
    : await listenForHttp1(target, config, parts);
  return { address, close, update: () => {} };
};

/** HTTP/1.1 over the transport that was chosen for all. */
const listenForHttp1 = (
  target: ListenTarget,
  { proxyProtocol }: ListenerConfig,
  parts: ListenerParts,
): Promise<Listener> => {
  const headers = new ProxyHeaders(parts);
  return parts.transport.listen(
    target,
    { backlog: BACKLOG },
    proxyProtocol ? (connection) => headers.take(connection, parts.accept) : parts.accept,
  );
};

/** HTTP/1.1 or HTTP/2, as the first bytes say, over Node's sockets: its HTTP/2 needs them. */
const listenForEither = (
  target: ListenTarget,
  { proxyProtocol }: ListenerConfig,
  parts: ListenerParts,
): Promise<Listener> => {
  const headers = new ProxyHeaders(parts);
  const { serveEither } = parts.http2;
  return listenSockets(
    target,
    { backlog: BACKLOG, allowHalfOpen: true },
    proxyProtocol ? (socket) => headers.takeSocket(socket, serveEither) : (socket) => serveEither(socket),
  );
};
