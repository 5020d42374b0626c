import { type ConnectionOptions, markNominated, readConnection } from './connection-options.ts';
import {
  CONNECTION,
  CONTENT_LENGTH,
  DATE,
  KEEP_ALIVE,
  LOAD_BINARY,
  LOAD_JSON,
  LOAD_TEXT,
  PLAIN,
  TRANSFER_ENCODING,
} from './field-kind.ts';
import { PARTIAL, scanFieldLine } from './field-line.ts';
import { FieldTable } from './field-table.ts';
import { isChunked, readContentLength } from './framing-fields.ts';
import { readKeepAliveTimeout } from './keep-alive.ts';
import type { HeadLimits } from './limits.ts';
import { scanStatusLine } from './status-line.ts';

/** What `scanResponseHead` finds: offsets into the bytes it was given. Made once and used for many heads. */
export class ResponseHead implements ConnectionOptions {
  readonly fields = new FieldTable();
  start = 0;
  minor: 0 | 1 = 1;
  /** 100 to 999. */
  status = 0;
  /** The reason phrase, which may be empty. */
  reasonStart = 0;
  reasonEnd = 0;
  /** Offset of the first field line. */
  fieldsStart = 0;
  /** Offset behind the empty line. */
  end = 0;
  /** Bytes of content that Content-Length announces, or -1. Whether they follow says `responseBody`. */
  contentLength = -1;
  chunked = false;
  /** Members of Connection: these three, whether there are others, and how many there are. */
  close = false;
  keepAlive = false;
  upgrade = false;
  nominates = false;
  members = 0;
  /** Seconds of `Keep-Alive: timeout=N`, or -1. */
  keepAliveTimeout = -1;
  /** There is a Date that Connection does not name. */
  hasDate = false;
  /** How many fields say something of the server's load, and where the value of the last one is. */
  loadReports = 0;
  loadReportStart = 0;
  loadReportEnd = 0;
  /** Its kind, whether or not Connection names it. */
  loadReportKind = PLAIN;
  /** Why a negative result: one constant sentence, lower case. */
  fault = '';
}

/** Every fault of a server is a 502 to the client. */
const FAULT = -502;

const refuse = (head: ResponseHead, why: string): number => {
  head.fault = why;
  return FAULT;
};

const reset = (head: ResponseHead, from: number): void => {
  head.fields.count = 0;
  head.start = from;
  head.contentLength = -1;
  head.chunked = false;
  head.close = false;
  head.keepAlive = false;
  head.upgrade = false;
  head.nominates = false;
  head.members = 0;
  head.keepAliveTimeout = -1;
  head.hasDate = false;
  head.loadReports = 0;
  head.fault = '';
};

/** RFC 9112, 6.2 and 6.3. Equal values in several fields are refused, too: nobody needs them but for smuggling. */
const takeContentLength = (head: ResponseHead, bytes: Uint8Array, start: number, end: number): number => {
  if (head.contentLength >= 0) return refuse(head, 'there are several Content-Length fields');
  if (head.chunked) return refuse(head, 'there are both Content-Length and Transfer-Encoding');
  head.contentLength = readContentLength(bytes, start, end);
  return head.contentLength < 0 ? refuse(head, 'Content-Length is not a number') : PARTIAL;
};

/** RFC 9112, 6.1 and 6.3: only `chunked`, only once, only in HTTP/1.1, never with 1xx and 204, not beside Content-Length. */
const takeTransferEncoding = (head: ResponseHead, bytes: Uint8Array, start: number, end: number): number => {
  if (head.chunked) return refuse(head, 'there are several Transfer-Encoding fields');
  if (head.contentLength >= 0) return refuse(head, 'there are both Content-Length and Transfer-Encoding');
  if (head.minor === 0) return refuse(head, 'Transfer-Encoding on a version before HTTP/1.1');
  if (head.status < 200 || head.status === 204)
    return refuse(head, 'Transfer-Encoding on a status that has no content');
  if (!isChunked(bytes, start, end)) return refuse(head, 'Transfer-Encoding is not chunked alone');
  head.chunked = true;
  return PARTIAL;
};

const takeConnection = (head: ResponseHead, bytes: Uint8Array, start: number, end: number): number => {
  const fault = readConnection(head, bytes, start, end, false);
  return fault === '' ? PARTIAL : refuse(head, fault);
};

const takeLoadReport = (head: ResponseHead, kind: number, start: number, end: number): number => {
  head.loadReports += 1;
  head.loadReportStart = start;
  head.loadReportEnd = end;
  head.loadReportKind = kind;
  return PARTIAL;
};

/** What the last field means for the head. PARTIAL: it may go on. */
const takeField = (head: ResponseHead, bytes: Uint8Array, kind: number): number => {
  const slot = (head.fields.count - 1) << 2;
  const start = head.fields.at[slot + 2] as number;
  const end = head.fields.at[slot + 3] as number;
  switch (kind) {
    case CONTENT_LENGTH:
      return takeContentLength(head, bytes, start, end);
    case TRANSFER_ENCODING:
      return takeTransferEncoding(head, bytes, start, end);
    case CONNECTION:
      return takeConnection(head, bytes, start, end);
    case KEEP_ALIVE:
      head.keepAliveTimeout = readKeepAliveTimeout(bytes, start, end);
      return PARTIAL;
    case DATE:
      head.hasDate = true;
      return PARTIAL;
    case LOAD_TEXT:
    case LOAD_JSON:
    case LOAD_BINARY:
      return takeLoadReport(head, kind, start, end);
    default:
      return PARTIAL;
  }
};

const finish = (head: ResponseHead, bytes: Uint8Array, end: number): number => {
  head.end = end;
  if (!head.nominates) return end;
  markNominated(head.fields, bytes);
  head.hasDate = head.fields.kinds.subarray(0, head.fields.count).includes(DATE);
  return end;
};

const scan = (head: ResponseHead, bytes: Uint8Array, from: number, end: number, most: number): number => {
  const { fields } = head;
  let at = scanStatusLine(head, bytes, from, end);
  if (at <= PARTIAL) return at;
  head.fieldsStart = at;
  for (;;) {
    const before = fields.count;
    const next = scanFieldLine(fields, bytes, at, end, most);
    if (next < PARTIAL) return refuse(head, fields.fault);
    if (next === PARTIAL) return PARTIAL;
    if (fields.count === before) return finish(head, bytes, next);
    const kind = fields.kinds[before] as number;
    const result = kind === PLAIN ? PARTIAL : takeField(head, bytes, kind);
    if (result !== PARTIAL) return result;
    at = next;
  }
};

/**
 * Scans the head of a response in `bytes[from, to)` (RFC 9112, 4 to 6) and fills `head`.
 *
 * Above 0: the offset behind the head. PARTIAL: more bytes are needed, and the next scan begins at `from` again. Below
 * 0, always -502: the server cannot be understood, and `head.fault` says why. Depends on the bytes and limits only.
 */
export const scanResponseHead = (
  head: ResponseHead,
  bytes: Buffer,
  from: number,
  to: number,
  limits: HeadLimits,
): number => {
  reset(head, from);
  const isWhole = to - from < limits.bytes;
  const result = scan(head, bytes, from, isWhole ? to : from + limits.bytes, limits.count);
  return result !== PARTIAL || isWhole ? result : refuse(head, 'the response head is too large');
};
