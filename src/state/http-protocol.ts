import type { IncomingMessage, ServerResponse } from 'node:http';
import { MAX_REPORT_BYTES, type Refusal, type RefusalCode } from '../core/report.ts';

/** Where agents post their reports. */
export const REPORTS_PATH = '/v1/reports';
/** Where an agent opens the stream that carries all its reports. */
export const STREAM_PATH = '/v1/reports/stream';
/** The protocol that the connection of a stream changes to. */
export const STREAM_PROTOCOL = 'forehand-reports';

/** Header fields beside a report: when it was sent, and how many proxies answer its sender. */
export const [SENT_FIELD, PROXIES_FIELD] = ['forehand-sent', 'forehand-proxies'] as const;
/** Header field of the answer: which proxy it is, by a random id for its run. */
export const PROXY_FIELD = 'forehand-proxy';

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
  taken: 409,
  too_large: 413,
  number: 422,
  unknown_pool: 422,
  rate: 429,
  full: 503,
};

/** Faults of the address or the method, not of a report. */
const ADDRESS_STATUS = { not_found: 404, method_not_allowed: 405, upgrade_required: 426 } as const;

/** An answer that says why not. */
export interface Fault {
  readonly code: RefusalCode | keyof typeof ADDRESS_STATUS;
  readonly message: string;
}

/** The faults that say nothing against a report: such an answer comes from a proxy that does not know the address. */
export const isAddressFault = (code: string): code is keyof typeof ADDRESS_STATUS =>
  Object.hasOwn(ADDRESS_STATUS, code);

const statusOf = (code: Fault['code']): number =>
  isAddressFault(code) ? ADDRESS_STATUS[code] : STATUS[code];

/** A fault for people, with the status that goes with it where that is known. */
export const describeFault = ({ code, message }: Fault): string => {
  const status: number | undefined = statusOf(code);
  return `${status === undefined ? '' : `${status} `}${code}: ${message}`;
};

const headersOf = (code: Fault['code']): Record<string, string> => {
  if (code === 'method_not_allowed') return { allow: 'POST' };
  if (code === 'upgrade_required') return { connection: 'upgrade, close', upgrade: STREAM_PROTOCOL };
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

export const TOO_LARGE: Refusal = {
  code: 'too_large',
  message: `a report has at most ${MAX_REPORT_BYTES} bytes`,
};

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

const isFault = (value: unknown): value is Fault => {
  const { code, message } = Object(value);
  return typeof code === 'string' && typeof message === 'string';
};

/** A fault as a proxy writes it; undefined for anything else. */
export const readRefusal = (value: unknown): Fault | undefined =>
  isFault(value) ? { code: value.code, message: value.message.slice(0, MAX_MESSAGE) } : undefined;

/** What a proxy said against a report; undefined if the text is not the answer of a forehand proxy. */
export const readFault = (text: string): Fault | undefined => {
  try {
    return readRefusal(Object(JSON.parse(text)).error);
  } catch {
    return undefined;
  }
};

/** What is wrong with where a report was sent, or with how; undefined for nothing. */
export const addressFault = ({ url, method }: IncomingMessage): Fault | undefined => {
  if (url === STREAM_PATH)
    return { code: 'upgrade_required', message: `a stream takes GET and "upgrade: ${STREAM_PROTOCOL}"` };
  if (url !== REPORTS_PATH) return { code: 'not_found', message: `reports are posted to ${REPORTS_PATH}` };
  if (method === 'POST') return undefined;
  return { code: 'method_not_allowed', message: `reports come by POST, not by ${method}` };
};
