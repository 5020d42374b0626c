import { isAuthority, isConnectAuthority } from './authority.ts';
import { endOfPath, endOfQuery, endOfToken, QUERY } from './byte-tables.ts';
import { beginsWith } from './caseless.ts';
import { PARTIAL } from './field-line.ts';
import type { RequestHead } from './request-head.ts';
import {
  isVersion1,
  scanVersion,
  VERSION_LENGTH,
  VERSION_MALFORMED,
  VERSION_OTHER,
  VERSION_PARTIAL,
} from './version.ts';

// Not imported: what a module has itself V8 compiles in as a constant.
const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;
const SLASH = 0x2f;
const QUESTION = 0x3f;
/** The longest registered method has 17 characters (RFC 9110, 16.1.1). */
const MAX_METHOD = 32;
const MAX_PLAIN_METHOD = 6;
const ASTERISK = 0x2a;
const CONNECT = Buffer.from('CONNECT');
const OPTIONS = Buffer.from('OPTIONS');
/** No method of a request: the preface of HTTP/2 begins with it (RFC 9113, 3.4). */
const PRI = Buffer.from('PRI');
const HTTP_SCHEME = Buffer.from('http://');
const HTTPS_SCHEME = Buffer.from('https://');

const refuse = (head: RequestHead, status: number, why: string): number => {
  head.fault = why;
  return -status;
};

/** Methods are case-sensitive (RFC 9110, 9.1). */
const isMethod = (head: RequestHead, bytes: Uint8Array, method: Uint8Array): boolean => {
  if (head.methodEnd - head.start !== method.length) return false;
  for (let i = 0; i < method.length; i++) if (bytes[head.start + i] !== method[i]) return false;
  return true;
};

/** Whether the request is OPTIONS. */
export const isOptions = (head: RequestHead, bytes: Uint8Array): boolean => isMethod(head, bytes, OPTIONS);

/** Offset behind the method and the one space after it (RFC 9112, 3 and 3.1), PARTIAL, or a refusal. */
const scanMethod = (head: RequestHead, bytes: Uint8Array, from: number, end: number): number => {
  let at = from;
  if (at < end && bytes[at] === CR) {
    if (at + 1 >= end) return PARTIAL;
    if (bytes[at + 1] !== LF) return refuse(head, 400, 'the request line is malformed');
    at += 2;
  }
  head.start = at;
  at = endOfToken(bytes, at, Math.min(end, at + MAX_METHOD + 1));
  if (at - head.start > MAX_METHOD) return refuse(head, 501, 'the method is not known');
  if (at >= end) return PARTIAL;
  if (bytes[at] !== SP || at === head.start) return refuse(head, 400, 'the request line is malformed');
  head.methodEnd = at;
  if (isMethod(head, bytes, PRI)) return refuse(head, 400, 'this is the preface of HTTP/2');
  if (!head.allowConnect && isMethod(head, bytes, CONNECT)) return refuse(head, 405, 'CONNECT is not served');
  return at + 1;
};

/** Offset behind the target and the one space after it, PARTIAL, or a refusal. */
const scanTarget = (
  head: RequestHead,
  bytes: Uint8Array,
  start: number,
  end: number,
  limit: number,
): number => {
  const stop = Math.min(end, start + limit);
  let at = endOfPath(bytes, start, stop);
  if (at < stop && bytes[at] === QUESTION) {
    head.queryStart = at + 1;
    at = endOfQuery(bytes, at + 1, stop);
  }
  if (at >= end) return PARTIAL;
  if (at === stop && QUERY[bytes[at] as number] === 1)
    return refuse(head, 414, 'the request target is too long');
  if (bytes[at] !== SP || at === start)
    return refuse(head, 400, 'the request target has characters that do not belong there');
  head.targetStart = start;
  head.targetEnd = at;
  head.pathStart = start;
  head.pathEnd = at;
  return at + 1;
};

/** Offset behind `http://` or `https://`, whatever its case (RFC 3986, 3.1), or -1. */
const schemeEnd = (bytes: Uint8Array, start: number, end: number): number => {
  const length = end - start;
  if (length >= HTTP_SCHEME.length && beginsWith(bytes, start, HTTP_SCHEME))
    return start + HTTP_SCHEME.length;
  const isHttps = length >= HTTPS_SCHEME.length && beginsWith(bytes, start, HTTPS_SCHEME);
  return isHttps ? start + HTTPS_SCHEME.length : -1;
};

/** absolute-form (RFC 9112, 3.2.2): the authority takes the place of Host. */
const splitAbsolute = (head: RequestHead, bytes: Uint8Array): number => {
  const host = schemeEnd(bytes, head.targetStart, head.targetEnd);
  if (host < 0) return refuse(head, 400, 'the request target is neither a path nor an http URL');
  const beforeQuery = head.queryStart < 0 ? head.targetEnd : head.queryStart - 1;
  let hostEnd = host;
  while (hostEnd < beforeQuery && bytes[hostEnd] !== SLASH) hostEnd++;
  if (!isAuthority(bytes, host, hostEnd)) return refuse(head, 400, 'the request target names no valid host');
  head.isAbsolute = true;
  head.hostStart = host;
  head.hostEnd = hostEnd;
  head.pathStart = hostEnd;
  return PARTIAL;
};

/** The four forms of a target (RFC 9112, 3.2). PARTIAL: it has one that goes with the method. */
const splitTarget = (head: RequestHead, bytes: Uint8Array): number => {
  const { targetStart: start, targetEnd: end } = head;
  if (head.allowConnect && isMethod(head, bytes, CONNECT)) {
    if (!isConnectAuthority(bytes, start, end))
      return refuse(head, 400, 'the target of CONNECT is not host and port');
    head.hostStart = start;
    head.hostEnd = end;
    return PARTIAL;
  }
  if (bytes[start] === SLASH) return PARTIAL;
  if (bytes[start] !== ASTERISK || end - start > 1) return splitAbsolute(head, bytes);
  return isOptions(head, bytes) ? PARTIAL : refuse(head, 400, 'the target * goes with OPTIONS only');
};

/** Offset behind the version and the CRLF after it, PARTIAL, or a refusal. */
const scanLineEnd = (head: RequestHead, bytes: Uint8Array, start: number, end: number): number => {
  const minor = scanVersion(bytes, start, end);
  if (minor === VERSION_PARTIAL) return PARTIAL;
  if (minor === VERSION_MALFORMED) return refuse(head, 400, 'the request line is malformed');
  const at = start + VERSION_LENGTH;
  if (at < end && bytes[at] !== CR) return refuse(head, 400, 'the request line is malformed');
  if (at + 1 >= end) return PARTIAL;
  if (bytes[at + 1] !== LF) return refuse(head, 400, 'the request line is malformed');
  if (minor === VERSION_OTHER) return refuse(head, 505, 'this HTTP version is not served');
  head.minor = minor === 0 ? 0 : 1;
  return at + 2;
};

/** Scans a request line whatever it is like. */
const scanAnyLine = (
  head: RequestHead,
  bytes: Uint8Array,
  from: number,
  end: number,
  targetLimit: number,
): number => {
  const target = scanMethod(head, bytes, from, end);
  if (target <= PARTIAL) return target;
  const version = scanTarget(head, bytes, target, end, targetLimit);
  if (version <= PARTIAL) return version;
  const refusal = splitTarget(head, bytes);
  return refusal === PARTIAL ? scanLineEnd(head, bytes, version, end) : refusal;
};

/** ` HTTP/1.1` and CRLF. */
const PLAIN_END = 11;
/** The second letter of PRI, which is refused, and of TRACE, which is rare. */
const LETTER_R = 0x52;

/**
 * Scans a request line as nearly all are, in one pass: no empty line before it, a method of up to six characters
 * (CONNECT has seven), a path, perhaps a query, HTTP/1.0 or HTTP/1.1, and all of it there. PARTIAL: it is another one,
 * and `scanAnyLine` says what; the head is as it was.
 */
const scanPlainLine = (
  head: RequestHead,
  bytes: Uint8Array,
  from: number,
  end: number,
  targetLimit: number,
): number => {
  const methodEnd = endOfToken(bytes, from, end);
  const start = methodEnd + 1;
  if (methodEnd === from || methodEnd - from > MAX_PLAIN_METHOD || start >= end) return PARTIAL;
  if (bytes[methodEnd] !== SP || bytes[start] !== SLASH || bytes[from + 1] === LETTER_R) return PARTIAL;
  let at = endOfPath(bytes, start, end);
  const query = at < end && bytes[at] === QUESTION ? at + 1 : -1;
  if (query !== -1) at = endOfQuery(bytes, query, end);
  const behind = at + PLAIN_END;
  if (behind > end || at - start > targetLimit) return PARTIAL;
  const minor = (bytes[at + 8] as number) - 0x30;
  const isPlain =
    bytes[at] === SP && isVersion1(bytes, at + 1) && bytes[at + 9] === CR && bytes[at + 10] === LF;
  if (!isPlain || (minor !== 0 && minor !== 1)) return PARTIAL;
  head.start = from;
  head.methodEnd = methodEnd;
  head.targetStart = start;
  head.targetEnd = at;
  head.pathStart = start;
  head.pathEnd = at;
  head.queryStart = query;
  head.minor = minor;
  return behind;
};

/** Scans the request line (RFC 9112, 3) into `head`. Results as of `scanRequestHead`, above 0 the first field line. */
export const scanRequestLine = (
  head: RequestHead,
  bytes: Uint8Array,
  from: number,
  end: number,
  targetLimit: number,
): number => {
  const behind = scanPlainLine(head, bytes, from, end, targetLimit);
  return behind === PARTIAL ? scanAnyLine(head, bytes, from, end, targetLimit) : behind;
};
