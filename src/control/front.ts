import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Config } from '../config/schema.ts';
import type { Door } from '../middleware/door.ts';

/** How often Node looks for heads and requests that take too long; its own 30 s would make the limits meaningless. */
const CHECK_EVERY_MS = 500;

/** The status for a head beyond the limits that Node's parser does not know; undefined for one within them. */
const excess = ({ url = '', rawHeaders }: IncomingMessage, limits: Config['limits']): number | undefined => {
  if (url.length > limits.targetBytes) return 414;
  return rawHeaders.length / 2 > limits.headerCount ? 431 : undefined;
};

/** A Node HTTP server with the door mounted in it. Strict parsing cannot be switched off. */
export const createFront = (door: Door, { timeouts, limits }: Config): Server => {
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
  server.on('upgrade', (req, socket, head) => door.upgrade(req, socket, head));
  server.on('checkExpectation', (_req, res) => {
    res.writeHead(417, { connection: 'close' }).end();
  });
  server.on('connect', (_req, socket) => {
    socket.on('error', () => socket.destroy());
    socket.end('HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    socket.end(`HTTP/1.1 ${statusOf(error.code)}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  });
  return server;
};

const statusOf = (code: string | undefined): string => {
  if (code === 'HPE_HEADER_OVERFLOW') return '431 Request Header Fields Too Large';
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request';
};
