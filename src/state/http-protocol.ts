import type { IncomingMessage, ServerResponse } from 'node:http';
import { MAX_REPORT_BYTES, type RefusalCode } from '../core/report.ts';

/** Where agents post their reports. */
export const REPORTS_PATH = '/v1/reports';

/** Refusals as HTTP statuses. 422: the message is well formed, but what it says cannot be taken. */
const STATUS: Readonly<Record<RefusalCode, number>> = {
  malformed: 400,
  version: 400,
  token: 401,
  signature: 401,
  clock: 401,
  source: 403,
  not_accepted: 403,
  replayed: 409,
  too_large: 413,
  number: 422,
  unknown_pool: 422,
  rate: 429,
  full: 503,
};

/** An answer that says why not. `not_found` and `method_not_allowed` are about the address, not about a report. */
export interface Fault {
  readonly code: RefusalCode | 'not_found' | 'method_not_allowed';
  readonly message: string;
}

const statusOf = (code: Fault['code']): number => {
  if (code === 'not_found') return 404;
  return code === 'method_not_allowed' ? 405 : STATUS[code];
};

const headersOf = (code: Fault['code']): Record<string, string> => {
  if (code === 'method_not_allowed') return { allow: 'POST' };
  if (code === 'token') return { 'www-authenticate': 'Bearer' };
  if (code === 'rate' || code === 'full') return { 'retry-after': '1' };
  // What is left of a body that is too large is not worth reading for the sake of the connection.
  return code === 'too_large' ? { connection: 'close' } : {};
};

/** Ends the response: 204, or the fault as `{ "error": { "code", "message" } }`. */
export const answer = (response: ServerResponse, fault: Fault | undefined): void => {
  if (!fault) {
    response.writeHead(204).end();
    return;
  }
  const body = JSON.stringify({ error: { code: fault.code, message: fault.message } });
  response
    .writeHead(statusOf(fault.code), {
      ...headersOf(fault.code),
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
    })
    .end(body);
};

/**
 * Bytes of a body that is too large which are read and thrown away before the answer. A connection that is closed
 * with unread bytes is reset, and the client would see the reset instead of the answer.
 */
const MAX_DISCARDED = 1024 * 1024;

/** True if the head announces a body that is not even worth throwing away. */
export const announcesTooMuch = (request: IncomingMessage): boolean =>
  Number(request.headers['content-length'] ?? 0) > MAX_DISCARDED;

/** Reads the body of a report: its text, or undefined once it is too large. Never calls when the client leaves. */
export const readBody = (request: IncomingMessage, done: (text: string | undefined) => void): void => {
  const chunks: Buffer[] = [];
  let size = 0;
  let open = true;
  const finish = (text: string | undefined): void => {
    if (open) done(text);
    open = false;
  };
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= MAX_REPORT_BYTES) chunks.push(chunk);
    else chunks.length = 0;
    if (size > MAX_DISCARDED) finish(undefined);
  });
  request.on('end', () => finish(size <= MAX_REPORT_BYTES ? Buffer.concat(chunks).toString() : undefined));
};

const MAX_MESSAGE = 300;

const isFault = (value: unknown): value is { readonly error: Fault } => {
  const { error } = Object(value);
  return typeof error?.code === 'string' && typeof error.message === 'string';
};

/** What a proxy said against a report; undefined if the text is not the answer of a forehand proxy. */
export const readFault = (text: string): Fault | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    if (!isFault(value)) return undefined;
    return { code: value.error.code, message: value.error.message.slice(0, MAX_MESSAGE) };
  } catch {
    return undefined;
  }
};
