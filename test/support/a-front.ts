import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Config } from '../../src/config/schema/schema.ts';
import { closeGently, hasAnswer } from '../../src/middleware/answer.ts';
import type { Door } from '../../src/middleware/door.ts';

/** How often Node looks for heads and requests that take too long; its own 30 s would make the limits meaningless. */
const CHECK_EVERY_MS = 500;

/** The status for a head beyond the limits that Node's parser does not know; undefined for one within them. */
const excess = ({ url = '', rawHeaders }: IncomingMessage, limits: Config['limits']): number | undefined => {
  if (url.length > limits.targetBytes) return 414;
  return rawHeaders.length / 2 > limits.headerCount ? 431 : undefined;
};

const STATUS: Readonly<Record<number, string>> = {
  400: '400 Bad Request',
  405: '405 Method Not Allowed',
  408: '408 Request Timeout',
  414: '414 URI Too Long',
  431: '431 Request Header Fields Too Large',
};

/**
 * Says no on a bare socket and closes it. Behind an answer that has begun it would be read as a part of that: then the
 * socket is closed with what has been written, which may be our own refusal of the same request.
 */
const refuse = (socket: Duplex, status: number): void => {
  socket.on('error', () => socket.destroy());
  if (socket.writable && !hasAnswer(socket))
    socket.write(`HTTP/1.1 ${STATUS[status] ?? status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  closeGently(socket);
};

const statusOf = (code: string | undefined): number => {
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
};

/** What can come on a connection besides requests. */
const refuseTheRest = (server: Server, door: Door, limits: Config['limits']): void => {
  server.on('upgrade', (req, socket, head) => {
    const tooMuch = excess(req, limits);
    if (tooMuch === undefined) door.upgrade(req, socket, head);
    else refuse(socket, tooMuch);
  });
  server.on('checkExpectation', (_req, res) => {
    res.writeHead(417, { connection: 'close' }).end();
  });
  server.on('connect', (_req, socket) => refuse(socket, 405));
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // What follows the first fault is a fault again, until the connection has closed.
    if (socket.writableEnded) return;
    if (error.code === 'ECONNRESET') socket.destroy();
    else refuse(socket, statusOf(error.code));
  });
};

/** A Node HTTP server with the door mounted in it. Strict parsing cannot be switched off. */
export const createFront = (
  door: Door,
  { timeouts, limits }: Pick<Config, 'timeouts' | 'limits'>,
): Server => {
  const server = createServer({
    connectionsCheckingInterval: CHECK_EVERY_MS,
    headersTimeout: timeouts.requestHeaders,
    requestTimeout: timeouts.request,
    keepAliveTimeout: timeouts.clientIdle,
    maxHeaderSize: limits.headerBytes,
    requireHostHeader: true,
    insecureHTTPParser: false,
    noDelay: true,
  });
  server.maxHeadersCount = 0;
  server.maxConnections = limits.connections;
  server.on('request', (req, res) => {
    const tooMuch = excess(req, limits);
    if (tooMuch !== undefined) {
      res.writeHead(tooMuch, { connection: 'close' }).end();
      return;
    }
    if (!server.listening) res.shouldKeepAlive = false;
    door.web(req, res);
  });
  refuseTheRest(server, door, limits);
  return server;
};
