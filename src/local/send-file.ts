import type { ReadStream, Stats } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import send from 'send';

/** How a file is sent, besides what its content says. */
export interface FileAnswer {
  /** Absolute, without links. */
  readonly path: string;
  /** Value of Cache-Control. */
  readonly cacheControl: string;
  /** Says in place of the file why there is none. `fields`: what the status asks for. */
  readonly refuse: (status: number, fields: Readonly<Record<string, string>>) => void;
}

const contentRange = (error: object): Readonly<Record<string, string>> => {
  const headers: unknown = 'headers' in error ? error.headers : undefined;
  const range: unknown = typeof headers === 'object' && headers ? Reflect.get(headers, 'Content-Range') : '';
  return typeof range === 'string' && range !== '' ? { 'Content-Range': range } : {};
};

const statusOf = (error: object): number => {
  if ('code' in error && error.code === 'EACCES') return 403;
  return 'status' in error && typeof error.status === 'number' ? error.status : 500;
};

/** What says something of the file, and must not stay on an answer that has none. */
const OF_FILE = [
  'Accept-Ranges',
  'Cache-Control',
  'Content-Length',
  'Content-Range',
  'Content-Type',
  'ETag',
  'Last-Modified',
];

/** More bytes from the end than there are is all of them (RFC 9110, 14.1.3), which `send` does not know. */
const wholeSuffix = ({ headers }: IncomingMessage, size: number): void => {
  const [, last] = /^bytes=-(\d{1,15})$/.exec(headers.range ?? '') ?? [];
  if (last !== undefined && size > 0 && Number(last) > size) headers.range = 'bytes=0-';
};

/** A file that has become shorter gives a broken answer, never one that looks whole. */
const watchLength = (file: ReadStream, res: ServerResponse): void => {
  file.on('end', () => {
    if (file.bytesRead < Number(res.getHeader('Content-Length'))) res.destroy();
  });
};

/**
 * Sends a file for GET or HEAD: type with charset, ETag, Last-Modified, conditional requests (RFC 9110, 13) and one
 * range (14.2); of several ranges, the whole file. What was put onto the answer before stays.
 */
export const sendFile = (req: IncomingMessage, res: ServerResponse, answer: FileAnswer): void => {
  const { path, cacheControl, refuse } = answer;
  const stream = send(req, encodeURIComponent(path), {
    // What may be served was settled before, on the path without links.
    dotfiles: 'allow',
    index: false,
    cacheControl: false,
  });
  stream.on('file', (_path: string, { size }: Stats) => wholeSuffix(req, size));
  stream.on('headers', () => {
    if (!res.hasHeader('Cache-Control')) res.setHeader('Cache-Control', cacheControl);
    res.setHeader('X-Content-Type-Options', 'nosniff');
  });
  stream.on('error', (error: object) => {
    // After its head an answer can only break off, so that nobody takes it for whole.
    if (res.headersSent) {
      res.destroy();
      return;
    }
    const fields = contentRange(error);
    for (const name of OF_FILE) res.removeHeader(name);
    refuse(statusOf(error), fields);
  });
  stream.on('directory', () => refuse(404, {}));
  stream.on('stream', (file: ReadStream) => watchLength(file, res));
  stream.pipe(res);
};
