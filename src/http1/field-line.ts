import { endOfPlainToken, endOfToken, endOfValue } from './byte-tables.ts';
import { fieldKind, UNDERSCORED } from './field-kind.ts';
import type { FieldTable } from './field-table.ts';

/** Result of a scan that needs more bytes. */
export const PARTIAL = 0;
/** A result of `scanFieldLine`: what is there is no field line. */
export const BAD_FIELD = -400;
/** A result of `scanFieldLine`: there are more field lines than allowed. */
export const TOO_MANY_FIELDS = -431;

// Not imported: what a module has itself V8 compiles in as a constant, and these are compared for every line.
const HTAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SP = 0x20;
const COLON = 0x3a;
const UNDERSCORE = 0x5f;

const refuse = (fields: FieldTable, why: string, result = BAD_FIELD): number => {
  fields.fault = why;
  return result;
};

const isBlank = (byte: number): boolean => byte === SP || byte === HTAB;

/** What follows the last line of a head: CRLF. */
const scanEmptyLine = (fields: FieldTable, bytes: Uint8Array, at: number, end: number): number => {
  if (at + 1 >= end) return PARTIAL;
  return bytes[at + 1] === LF ? at + 2 : refuse(fields, 'a line ends with CR alone');
};

/** A value stops at `at`, but not with CRLF. */
const unended = (fields: FieldTable, bytes: Uint8Array, at: number, end: number): number => {
  const isCut = at >= end || (bytes[at] === CR && at + 1 >= end);
  return isCut ? PARTIAL : refuse(fields, 'a field value has a control character');
};

/**
 * Takes one field line (RFC 9112, 5) into the table, or the empty line behind the last one, which leaves the count as
 * it is. Strict: a token and a colon with nothing between (5.1), no line folding (5.2), CRLF and no other control
 * character but HTAB (RFC 9110, 5.5).
 *
 * Above 0: the offset behind the line. Else PARTIAL, BAD_FIELD or TOO_MANY_FIELDS, the latter two with a `fault`.
 */
export const scanFieldLine = (
  fields: FieldTable,
  bytes: Uint8Array,
  start: number,
  end: number,
  most: number,
): number => {
  if (start >= end) return PARTIAL;
  if (bytes[start] === CR) return scanEmptyLine(fields, bytes, start, end);
  const { count } = fields;
  if (count >= most) return refuse(fields, 'there are too many fields', TOO_MANY_FIELDS);
  let at = endOfPlainToken(bytes, start, end);
  const isUnderscored = at < end && bytes[at] === UNDERSCORE;
  if (isUnderscored) at = endOfToken(bytes, at, end);
  if (at >= end) return PARTIAL;
  if (bytes[at] !== COLON || at === start) return refuse(fields, 'a field name is malformed');
  const nameEnd = at++;
  while (at < end && isBlank(bytes[at] as number)) at++;
  const valueStart = at;
  at = endOfValue(bytes, at, end);
  if (at + 1 >= end || bytes[at] !== CR || bytes[at + 1] !== LF) return unended(fields, bytes, at, end);
  let valueEnd = at;
  while (valueEnd > valueStart && isBlank(bytes[valueEnd - 1] as number)) valueEnd--;
  const kind = isUnderscored ? UNDERSCORED : fieldKind(bytes, start, nameEnd);
  const slot = count << 2;
  if (slot === fields.at.length) fields.grow();
  const { at: offsets, kinds } = fields;
  offsets[slot] = start;
  offsets[slot + 1] = nameEnd;
  offsets[slot + 2] = valueStart;
  offsets[slot + 3] = valueEnd;
  kinds[count] = kind;
  fields.count = count + 1;
  return at + 2;
};
