import { isAuthority } from './authority.ts';
import { isCaseless } from './caseless.ts';
import { type ConnectionOptions, markNominated, readConnection } from './connection-options.ts';
import { CONNECTION, CONTENT_LENGTH, EXPECT, HOST, PLAIN, TRANSFER_ENCODING } from './field-kind.ts';
import { PARTIAL, scanFieldLine } from './field-line.ts';
import { FieldTable } from './field-table.ts';
import { isChunked, isCodedAndChunked, readContentLength } from './framing-fields.ts';
import type { HeadLimits } from './limits.ts';
import { scanRequestLine } from './request-line.ts';

export { PARTIAL };

/** What `scanRequestHead` finds: offsets into the bytes it was given. Made once and used for many heads. */
export class RequestHead implements ConnectionOptions {
  readonly fields = new FieldTable();
  /** Set by the owner: CONNECT with a host and port is a request like others, not a 405. */
  allowConnect = false;
  /** Where the method begins; an empty line before it is no part of the head. */
  start = 0;
  methodEnd = 0;
  targetStart = 0;
  targetEnd = 0;
  /**
   * Path and query: the target without scheme and authority. Where an absolute-form target has no path (`http://h`,
   * `http://h?q`) nothing stands for `/`. The whole target where it is `*` or that of CONNECT.
   */
  pathStart = 0;
  pathEnd = 0;
  /** Offset behind the `?`, or -1. The query ends at `pathEnd`, where the target ends. */
  queryStart = -1;
  minor: 0 | 1 = 1;
  /** Offset of the first field line. */
  fieldsStart = 0;
  /** Offset behind the empty line. */
  end = 0;
  /** The authority of the target where it has one, else the value of Host (RFC 9112, 3.2.2). Equal: there is none. */
  hostStart = 0;
  hostEnd = 0;
  isAbsolute = false;
  /** Bytes of content that Content-Length announces, or -1. */
  contentLength = -1;
  chunked = false;
  /** Members of Connection: these three, whether there are others, and how many there are. */
  close = false;
  keepAlive = false;
  upgrade = false;
  nominates = false;
  members = 0;
  /** The client waits for 100 (Continue) before it sends the content. On HTTP/1.0 it does not (RFC 9110, 10.1.1). */
  expectsContinue = false;
  /** Why a negative result: one constant sentence, lower case, safe to show to a client. */
  fault = '';
  /** How many Host fields there are. */
  hostCount = 0;
}

const isContinue = isCaseless('100-continue');

const refuse = (head: RequestHead, status: number, why: string): number => {
  head.fault = why;
  return -status;
};

const reset = (head: RequestHead): void => {
  head.fields.count = 0;
  head.queryStart = -1;
  head.hostStart = 0;
  head.hostEnd = 0;
  head.hostCount = 0;
  head.isAbsolute = false;
  head.contentLength = -1;
  head.chunked = false;
  head.close = false;
  head.keepAlive = false;
  head.upgrade = false;
  head.nominates = false;
  head.members = 0;
  head.expectsContinue = false;
  head.fault = '';
};

/** RFC 9112, 3.2: exactly one Host, and a valid one, even where the target has an authority. */
const takeHost = (head: RequestHead, bytes: Uint8Array, start: number, end: number): number => {
  if (++head.hostCount > 1) return refuse(head, 400, 'there are several Host fields');
  if (!isAuthority(bytes, start, end))
    return refuse(head, 400, 'Host is not a host name with an optional port');
  if (head.hostStart !== head.hostEnd) return PARTIAL;
  head.hostStart = start;
  head.hostEnd = end;
  return PARTIAL;
};

/** RFC 9112, 6.2 and 6.3. */
const takeContentLength = (head: RequestHead, bytes: Uint8Array, start: number, end: number): number => {
  if (head.contentLength >= 0) return refuse(head, 400, 'there are several Content-Length fields');
  if (head.chunked) return refuse(head, 400, 'there are both Content-Length and Transfer-Encoding');
  head.contentLength = readContentLength(bytes, start, end);
  return head.contentLength < 0 ? refuse(head, 400, 'Content-Length is not a number') : PARTIAL;
};

/** RFC 9112, 6.1 and 6.3: only `chunked`, only once, only in HTTP/1.1, and not beside Content-Length. */
const takeTransferEncoding = (head: RequestHead, bytes: Uint8Array, start: number, end: number): number => {
  if (head.chunked) return refuse(head, 400, 'there are several Transfer-Encoding fields');
  if (head.contentLength >= 0)
    return refuse(head, 400, 'there are both Content-Length and Transfer-Encoding');
  if (head.minor === 0) return refuse(head, 400, 'Transfer-Encoding on a version before HTTP/1.1');
  if (isCodedAndChunked(bytes, start, end)) return refuse(head, 501, 'a transfer coding is not known');
  if (!isChunked(bytes, start, end)) return refuse(head, 400, 'Transfer-Encoding is not chunked alone');
  head.chunked = true;
  return PARTIAL;
};

/** RFC 9110, 10.1.1: 417 for everything but 100-continue. */
const takeExpect = (head: RequestHead, bytes: Uint8Array, start: number, end: number): number => {
  if (!isContinue(bytes, start, end)) return refuse(head, 417, 'only 100-continue can be expected');
  head.expectsContinue = true;
  return PARTIAL;
};

/** What the last field means for the head. PARTIAL: it may go on. */
const takeField = (head: RequestHead, bytes: Uint8Array, kind: number): number => {
  const slot = (head.fields.count - 1) << 2;
  const start = head.fields.at[slot + 2] as number;
  const end = head.fields.at[slot + 3] as number;
  switch (kind) {
    case HOST:
      return takeHost(head, bytes, start, end);
    case CONTENT_LENGTH:
      return takeContentLength(head, bytes, start, end);
    case TRANSFER_ENCODING:
      return takeTransferEncoding(head, bytes, start, end);
    case EXPECT:
      return takeExpect(head, bytes, start, end);
    case CONNECTION: {
      const fault = readConnection(head, bytes, start, end, true);
      return fault === '' ? PARTIAL : refuse(head, 400, fault);
    }
    default:
      return PARTIAL;
  }
};

/** The head is there to the end; what is missing can be told now. */
const finish = (head: RequestHead, bytes: Uint8Array, end: number): number => {
  if (head.hostCount === 0 && head.minor === 1) return refuse(head, 400, 'there is no Host');
  if (head.nominates) markNominated(head.fields, bytes);
  head.end = end;
  return end;
};

const scan = (
  head: RequestHead,
  bytes: Uint8Array,
  from: number,
  end: number,
  limits: HeadLimits,
): number => {
  const { fields } = head;
  let at = scanRequestLine(head, bytes, from, end, limits.target);
  if (at <= PARTIAL) return at;
  head.fieldsStart = at;
  for (;;) {
    const before = fields.count;
    const next = scanFieldLine(fields, bytes, at, end, limits.count);
    if (next < PARTIAL) return refuse(head, -next, fields.fault);
    if (next === PARTIAL) return PARTIAL;
    if (fields.count === before) return finish(head, bytes, next);
    const kind = fields.kinds[before] as number;
    const result = kind === PLAIN ? PARTIAL : takeField(head, bytes, kind);
    if (result !== PARTIAL) return result;
    at = next;
  }
};

/**
 * Scans the head of a request in `bytes[from, to)` (RFC 9112, 2 to 6) and fills `head`.
 *
 * Above 0: the offset behind the head. PARTIAL: more bytes are needed, and the next scan begins at `from` again. Below
 * 0: minus the HTTP status to answer with, and `head.fault` says why. Depends on the bytes and limits only; a fault is
 * told when its line is there at the latest and stays whatever follows, so it does not matter in which pieces the
 * bytes came. One empty line before the request line is passed over (2.2).
 */
export const scanRequestHead = (
  head: RequestHead,
  bytes: Buffer,
  from: number,
  to: number,
  limits: HeadLimits,
): number => {
  reset(head);
  const isWhole = to - from < limits.bytes;
  const result = scan(head, bytes, from, isWhole ? to : from + limits.bytes, limits);
  return result !== PARTIAL || isWhole ? result : refuse(head, 431, 'the request head is too large');
};
