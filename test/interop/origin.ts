import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { WebSocketServer } from 'ws';
import { type HttpBackend, startBackend } from '../support/start-backend.ts';

const made = new Map<number, Buffer>();

const makeBytes = (size: number): Buffer => {
  const bytes = Buffer.alloc(size);
  for (let i = 0; i < size; i++) bytes[i] = (i * 31 + (i >> 8)) & 0xff;
  made.set(size, bytes);
  return bytes;
};

/** Bytes that differ from one another, so that a gap or a shift shows. Always the same for a size. */
export const bytesOf = (size: number): Buffer => made.get(size) ?? makeBytes(size);

export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What the origin says of a request that it was sent. */
export interface Echo {
  readonly method: string;
  readonly length: number;
  readonly digest: string;
  readonly headers: Readonly<Record<string, string>>;
}

const sendBytes = (req: IncomingMessage, res: ServerResponse, size: number): void => {
  const bytes = bytesOf(size);
  res.setHeader('ETag', `"${size}"`);
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(req.headers.range ?? '') ?? [];
  if (req.headers['if-none-match'] === `"${size}"`) {
    res.writeHead(304).end();
    return;
  }
  const part = to === undefined ? bytes : bytes.subarray(Number(from), Number(to) + 1);
  if (to !== undefined) {
    res.statusCode = 206;
    res.setHeader('Content-Range', `bytes ${from}-${to}/${size}`);
  }
  res.setHeader('Content-Length', part.length);
  res.end(part);
};

const sendChunks = (res: ServerResponse, size: number): void => {
  const bytes = bytesOf(size);
  res.flushHeaders();
  for (let at = 0; at < size; at += 10_000) res.write(bytes.subarray(at, at + 10_000));
  res.end();
};

const echo = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
  const content = Buffer.concat(await req.toArray().catch(() => []));
  const said = {
    method: req.method,
    length: content.length,
    digest: digestOf(content),
    headers: req.headers,
  };
  res.end(JSON.stringify(said));
};

const answer = (req: IncomingMessage, res: ServerResponse): void => {
  const [, what, size = '0'] = (req.url ?? '/').split('/');
  if (what === 'bytes') sendBytes(req, res, Number(size));
  else if (what === 'chunks') sendChunks(res, Number(size));
  else if (what === 'nothing') res.writeHead(204).end();
  else void echo(req, res);
};

/**
 * The server behind everything, for one test: `/bytes/N`, `/chunks/N`, `/nothing` (204), anything else tells what it was
 * sent, and a WebSocket sends back what it gets.
 */
export const startOrigin = async (): Promise<HttpBackend> => {
  const backend = await startBackend(answer);
  const sockets = new WebSocketServer({ noServer: true });
  backend.server.on('upgrade', (req, socket, head) => {
    sockets.handleUpgrade(req, socket, head, (webSocket) => {
      webSocket.on('message', (data, isBinary) => webSocket.send(data, { binary: isBinary }));
    });
  });
  return backend;
};
