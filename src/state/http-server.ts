import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Millis } from '../core/types.ts';

const MAX_CONNECTIONS = 4096;
const MAX_HEAD_BYTES = 8192;
/** Longer than the pauses between the reports of any sensible agent. */
const KEEP_ALIVE: Millis = 30_000;
const CHECK_INTERVAL: Millis = 1000;

/** Certificate and key as PEM texts. */
export interface ReceiverTls {
  /** With the certificates between it and an authority that the agents know. */
  readonly cert: string;
  readonly key: string;
  /** Certificates of authorities. Only agents that show a certificate of one of them are heard. */
  readonly clientCa?: string;
}

const contextOf = ({ cert, key, clientCa }: ReceiverTls) => ({
  cert,
  key,
  minVersion: 'TLSv1.2' as const,
  ...(clientCa === undefined ? {} : { ca: clientCa }),
});

/** `timeout`: for the handshake, the head and the whole of a request each. Throws for a certificate without its key. */
export const createReportServer = (tls: ReceiverTls | undefined, timeout: Millis): Server => {
  const options = {
    headersTimeout: timeout,
    requestTimeout: timeout,
    keepAliveTimeout: KEEP_ALIVE,
    connectionsCheckingInterval: Math.min(CHECK_INTERVAL, timeout),
    maxHeaderSize: MAX_HEAD_BYTES,
  };
  const certified = tls?.clientCa !== undefined;
  const server = tls
    ? createTlsServer({
        ...options,
        ...contextOf(tls),
        handshakeTimeout: timeout,
        requestCert: certified,
        rejectUnauthorized: certified,
        ALPNProtocols: ['http/1.1'],
      })
    : createServer(options);
  server.maxConnections = MAX_CONNECTIONS;
  return server;
};

/** Uses another certificate for connections from now on. */
export const renewTls = (server: Server, tls: ReceiverTls): void => {
  if (!(server instanceof TlsServer)) throw new TypeError('this receiver does not speak TLS');
  server.setSecureContext(contextOf(tls));
};

/** A response on a connection that Node has let go of because its request asked for another protocol. Ends it. */
export const lastResponse = (request: IncomingMessage, socket: Socket): ServerResponse => {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  socket.on('error', () => undefined).resume();
  response.assignSocket(socket);
  response.once('finish', () => socket.destroySoon());
  return response;
};

/**
 * Has a request served as if it had not asked for another protocol, as RFC 9110 (7.8) allows: Node hands over every
 * request with an Upgrade field, and clients send one with a plain POST (Java's, for HTTP/2). `head`: what has come
 * after its head.
 */
export const serveWithoutUpgrade = (
  server: Server,
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
): void => {
  const { method, url, httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = [rawHeaders[i], rawHeaders[i + 1]];
    if (/^(upgrade|http2-settings)$/i.test(name)) continue;
    lines.push(`${name}: ${/^connection$/i.test(name) ? withoutUpgrade(value) : value}`);
  }
  if (head.length > 0) socket.unshift(head);
  socket.unshift(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'));
  server.emit(server instanceof TlsServer ? 'secureConnection' : 'connection', socket);
};

const withoutUpgrade = (connection: string): string =>
  connection
    .split(',')
    .map((option) => option.trim())
    .filter((option) => !/^(upgrade|http2-settings)$/i.test(option))
    .join(', ');
