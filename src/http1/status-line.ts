import { endOfValue, isDigit } from './byte-tables.ts';
import { PARTIAL } from './field-line.ts';
import type { ResponseHead } from './response-head.ts';
import { isVersion1, scanVersion, VERSION_LENGTH, VERSION_PARTIAL } from './version.ts';

// Not imported: what a module has itself V8 compiles in as a constant.
const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;

/** `HTTP/1.1 200 ` */
const PLAIN_START = VERSION_LENGTH + 5;

const refuse = (head: ResponseHead): number => {
  head.fault = 'the status line is malformed';
  return -502;
};

/** Three digits, 100 to 999 (RFC 9110, 15); PARTIAL, or below 0. */
const scanStatus = (bytes: Uint8Array, start: number, end: number): number => {
  let status = 0;
  for (let at = start; at < start + 3; at++) {
    if (at >= end) return PARTIAL;
    if (!isDigit(bytes[at] as number)) return -1;
    status = status * 10 + (bytes[at] as number) - 0x30;
    if (status === 0) return -1;
  }
  return status;
};

/** The reason phrase from the byte behind the status to the end of the line. */
const scanReason = (head: ResponseHead, bytes: Uint8Array, start: number, end: number): number => {
  if (start >= end) return PARTIAL;
  if (bytes[start] !== SP && bytes[start] !== CR) return refuse(head);
  head.reasonStart = bytes[start] === SP ? start + 1 : start;
  const at = endOfValue(bytes, head.reasonStart, end);
  if (at >= end) return PARTIAL;
  if (bytes[at] !== CR) return refuse(head);
  if (at + 1 >= end) return PARTIAL;
  head.reasonEnd = at;
  return bytes[at + 1] === LF ? at + 2 : refuse(head);
};

/** Scans a status line whatever it is like. */
const scanAnyLine = (head: ResponseHead, bytes: Uint8Array, from: number, end: number): number => {
  const minor = scanVersion(bytes, from, end);
  if (minor === VERSION_PARTIAL) return PARTIAL;
  if (minor < 0) return refuse(head);
  head.minor = minor === 0 ? 0 : 1;
  const at = from + VERSION_LENGTH;
  if (at >= end) return PARTIAL;
  if (bytes[at] !== SP) return refuse(head);
  const status = scanStatus(bytes, at + 1, end);
  if (status === PARTIAL) return PARTIAL;
  if (status < 0) return refuse(head);
  head.status = status;
  return scanReason(head, bytes, at + 4, end);
};

/**
 * Scans a status line as nearly all are, in one pass: HTTP/1.0 or HTTP/1.1, a space on each side of the status, and all of
 * it there. PARTIAL: it is another one, `scanAnyLine` says what; the head is as it was.
 */
const scanPlainLine = (head: ResponseHead, bytes: Uint8Array, from: number, end: number): number => {
  const reason = from + PLAIN_START;
  if (reason >= end || bytes[from + VERSION_LENGTH] !== SP || bytes[reason - 1] !== SP) return PARTIAL;
  const minor = isVersion1(bytes, from) ? (bytes[from + VERSION_LENGTH - 1] as number) - 0x30 : -1;
  const status = scanStatus(bytes, from + VERSION_LENGTH + 1, end);
  if ((minor !== 0 && minor !== 1) || status <= PARTIAL) return PARTIAL;
  const at = endOfValue(bytes, reason, end);
  if (at + 1 >= end || bytes[at] !== CR || bytes[at + 1] !== LF) return PARTIAL;
  head.minor = minor;
  head.status = status;
  head.reasonStart = reason;
  head.reasonEnd = at;
  return at + 2;
};

/**
 * Scans the status line (RFC 9112, 4) into `head`. Results as of `scanResponseHead`, above 0 the first field line. The
 * space before an empty reason phrase, which the grammar demands, may be missing: some servers leave it out.
 */
export const scanStatusLine = (head: ResponseHead, bytes: Uint8Array, from: number, end: number): number => {
  const behind = scanPlainLine(head, bytes, from, end);
  return behind === PARTIAL ? scanAnyLine(head, bytes, from, end) : behind;
};
