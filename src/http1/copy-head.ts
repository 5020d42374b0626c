import { CR, LF, SLASH, SP } from './byte-tables.ts';
import { CONTENT_LENGTH, HOST, KINDS, TRANSFER_ENCODING } from './field-kind.ts';
import type { FieldTable } from './field-table.ts';
import { isPlainFraming } from './framing-fields.ts';
import type { RequestHead } from './request-head.ts';
import { isOptions } from './request-line.ts';
import type { ResponseHead } from './response-head.ts';

const REQUEST_VERSION = Buffer.from(' HTTP/1.1\r\n');
const RESPONSE_VERSION = Buffer.from('HTTP/1.1 ');
const HOST_NAME = Buffer.from('Host: ');
const LENGTH_NAME = Buffer.from('Content-Length: ');
const CHUNKED_LINE = Buffer.from('Transfer-Encoding: chunked\r\n');
const LINE_END = Buffer.from([CR, LF]);
const ONE_SPACE = Buffer.from([SP]);
const ROOT = Buffer.from([SLASH]);
const ASTERISK = Buffer.from('*');
/** Up to here a loop is faster than a call into V8's memory copy and the view that it needs. */
const SHORT = 48;
const FULL = -1;
/** No kind: leaves out nothing. */
const NOTHING = -1;
/** Leaves out the Host line. */
const NO_HOST = new Uint8Array(KINDS);
NO_HOST[HOST] = 1;

/** As `put`, where there is room. Four bytes at a time take two thirds of the time that one at a time takes. */
const putShort = (bytes: Uint8Array, start: number, end: number, out: Uint8Array, at: number): void => {
  let from = start;
  let to = at;
  for (; from + 3 < end; from += 4, to += 4) {
    out[to] = bytes[from] as number;
    out[to + 1] = bytes[from + 1] as number;
    out[to + 2] = bytes[from + 2] as number;
    out[to + 3] = bytes[from + 3] as number;
  }
  for (; from < end; from++, to++) out[to] = bytes[from] as number;
};

/** Copies `bytes[start, end)` to `out[at...]`. The offset behind it, or FULL; FULL stays FULL. */
const put = (bytes: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number => {
  const length = end - start;
  if (at === FULL || at + length > out.length) return FULL;
  if (length <= SHORT) putShort(bytes, start, end, out, at);
  else out.set(bytes.subarray(start, end), at);
  return at + length;
};

const putAll = (text: Uint8Array, out: Uint8Array, at: number): number => put(text, 0, text.length, out, at);

const putDigits = (value: number, out: Uint8Array, at: number): number => {
  let digits = 1;
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++;
  if (at === FULL || at + digits > out.length) return FULL;
  let rest = value;
  for (let i = digits - 1; i >= 0; i--) {
    out[at + i] = 0x30 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  return at + digits;
};

const putFraming = (kind: number, contentLength: number, out: Uint8Array, at: number): number => {
  if (kind === TRANSFER_ENCODING) return putAll(CHUNKED_LINE, out, at);
  return putAll(LINE_END, out, putDigits(contentLength, out, putAll(LENGTH_NAME, out, at)));
};

/** What the copying of fields needs to know of a head. */
interface FieldsOfHead {
  readonly fields: FieldTable;
  readonly end: number;
  readonly contentLength: number;
}

/**
 * Copies the bytes from `runStart` to the end of the fields without the lines that are dropped and without those of the
 * kind `without`. What stays together goes in one copy.
 */
const putFields = (
  head: FieldsOfHead,
  bytes: Uint8Array,
  runStart: number,
  out: Uint8Array,
  from: number,
  drop: Uint8Array,
  without: number,
): number => {
  const { fields } = head;
  const { at: offsets, kinds, count } = fields;
  let at = from;
  let run = runStart;
  for (let i = 0; i < count; i++) {
    const kind = kinds[i] as number;
    const isDropped = drop[kind] === 1 || kind === without;
    if (!isDropped && kind !== CONTENT_LENGTH && kind !== TRANSFER_ENCODING) continue;
    const lineEnd = i + 1 < count ? (offsets[4 * i + 4] as number) : head.end - 2;
    if (!isDropped && isPlainFraming(fields, bytes, i, lineEnd)) continue;
    at = put(bytes, run, offsets[4 * i] as number, out, at);
    if (!isDropped) at = putFraming(kind, head.contentLength, out, at);
    run = lineEnd;
  }
  return put(bytes, run, head.end - 2, out, at);
};

const putPath = (head: RequestHead, bytes: Uint8Array, out: Uint8Array, at: number): number => {
  const { pathStart, pathEnd, queryStart } = head;
  // RFC 9112, 3.2.4: OPTIONS on a URL with neither path nor query asks the server as a whole.
  if (pathStart === pathEnd) return putAll(isOptions(head, bytes) ? ASTERISK : ROOT, out, at);
  const hasPath = queryStart !== pathStart + 1;
  return put(bytes, pathStart, pathEnd, out, hasPath ? at : putAll(ROOT, out, at));
};

/** The target that goes on: another one, if there is one, else that of the request without its authority. */
const putTarget = (
  head: RequestHead,
  bytes: Uint8Array,
  out: Uint8Array,
  at: number,
  target: Uint8Array | undefined,
): number => (target === undefined ? putPath(head, bytes, out, at) : putAll(target, out, at));

/** A request line without the authority of its target, which becomes the Host line (RFC 9112, 3.2.1 and 3.2.2). */
const putSplitLine = (
  head: RequestHead,
  bytes: Uint8Array,
  out: Uint8Array,
  from: number,
  drop: Uint8Array,
  target: Uint8Array | undefined,
): number => {
  const method = put(bytes, head.start, head.methodEnd + 1, out, from);
  const at = putAll(REQUEST_VERSION, out, putTarget(head, bytes, out, method, target));
  if (drop[HOST] === 1) return at;
  const value = putAll(HOST_NAME, out, at);
  return putAll(LINE_END, out, put(bytes, head.hostStart, head.hostEnd, out, value));
};

/**
 * Copies a scanned request head to `out[at...]`: method, target in origin-form, HTTP/1.1, and the field lines whose kind
 * is not in `drop` (`drop[kind] === 1`), in order. Where the target has an authority, that is the one Host line. Framing
 * fields are copied only where they are written as everybody writes them, else written anew. An HTTP/1.0 request without
 * Host stays without. @param target stands in place of the request's own: path and query.
 *
 * Returns the offset behind the last line (there is no empty line yet), or -1 if `out` is too small.
 */
export const copyRequestHead = (
  head: RequestHead,
  bytes: Buffer,
  out: Buffer,
  at: number,
  drop: Uint8Array,
  target?: Uint8Array,
): number => {
  const hasTargetHost = head.hostStart < head.hostEnd && head.hostStart < head.fieldsStart;
  if (hasTargetHost) {
    const fields = putSplitLine(head, bytes, out, at, drop, target);
    return putFields(head, bytes, head.fieldsStart, out, fields, drop, HOST);
  }
  if (target !== undefined) {
    const fields = putSplitLine(head, bytes, out, at, NO_HOST, target);
    return putFields(head, bytes, head.fieldsStart, out, fields, drop, NOTHING);
  }
  if (head.minor === 1) return putFields(head, bytes, head.start, out, at, drop, NOTHING);
  const fields = putAll(REQUEST_VERSION, out, put(bytes, head.start, head.targetEnd, out, at));
  return putFields(head, bytes, head.fieldsStart, out, fields, drop, NOTHING);
};

/**
 * The same for a response: `HTTP/1.1 SSS reason`. A 1xx or 204 response loses its Content-Length, which it must not have
 * (RFC 9110, 8.6).
 */
export const copyResponseHead = (
  head: ResponseHead,
  bytes: Buffer,
  out: Buffer,
  at: number,
  drop: Uint8Array,
): number => {
  const without = head.status < 200 || head.status === 204 ? CONTENT_LENGTH : NOTHING;
  const status = head.start + RESPONSE_VERSION.length;
  const isWhole = head.minor === 1 && bytes[status + 3] === SP;
  if (isWhole) return putFields(head, bytes, head.start, out, at, drop, without);
  const code = put(bytes, status, status + 3, out, putAll(RESPONSE_VERSION, out, at));
  const reason = put(bytes, head.reasonStart, head.reasonEnd, out, putAll(ONE_SPACE, out, code));
  return putFields(head, bytes, head.fieldsStart, out, putAll(LINE_END, out, reason), drop, without);
};
