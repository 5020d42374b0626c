import { endOfToken } from './byte-tables.ts';
import { isCaseless } from './caseless.ts';
import {
  AUTHORIZATION,
  CONNECTION,
  CONTENT_LENGTH,
  COOKIE,
  FORWARDED,
  fieldKind,
  HOST,
  KINDS,
  NOMINATED,
  TRANSFER_ENCODING,
  UPGRADE,
  X_FORWARDED,
  X_REAL_IP,
  X_REQUEST_ID,
} from './field-kind.ts';
import type { FieldTable } from './field-table.ts';

/** What the Connection fields of a head say (RFC 9110, 7.6.1). */
export interface ConnectionOptions {
  close: boolean;
  keepAlive: boolean;
  upgrade: boolean;
  /** Connection has members beside `close`, `keep-alive` and `upgrade`. */
  nominates: boolean;
  /** How many members there are. */
  members: number;
}

/** Whether the connection goes on behind a message (RFC 9112, 9.3). */
export const persists = ({
  close,
  keepAlive,
  minor,
}: Pick<ConnectionOptions, 'close' | 'keepAlive'> & { readonly minor: number }): boolean =>
  !close && (minor === 1 || keepAlive);

// Not imported: what a module has itself V8 compiles in as a constant.
const HTAB = 0x09;
const SP = 0x20;
const COMMA = 0x2c;
/** More members than anybody sends. Each is compared with each field, so there must be an end. */
const MAX_MEMBERS = 32;
const isClose = isCaseless('close');
const isUpgrade = isCaseless('upgrade');
const isKeepAlive = isCaseless('keep-alive');

const tableOfKinds = (...kinds: readonly number[]): Uint8Array => {
  const table = new Uint8Array(KINDS);
  for (const kind of kinds) table[kind] = 1;
  return table;
};

/** Fields that a request must not name: a client could have the proxy remove what servers rely on. */
const UNNAMEABLE = tableOfKinds(
  HOST,
  CONTENT_LENGTH,
  TRANSFER_ENCODING,
  X_FORWARDED,
  FORWARDED,
  X_REAL_IP,
  X_REQUEST_ID,
  COOKIE,
  AUTHORIZATION,
);

/**
 * Fields that stay what they are when they are named. Framing is ours to write whatever Connection says; Upgrade goes
 * with its option, and whoever forwards an upgrade must find it.
 */
const KEEPS_KIND = tableOfKinds(CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING, UPGRADE);

const isSeparator = (byte: number): boolean => byte === COMMA || byte === SP || byte === HTAB;

const memberStart = (bytes: Uint8Array, at: number, end: number): number => {
  let start = at;
  while (start < end && isSeparator(bytes[start] as number)) start++;
  return start;
};

/** Offset of the comma behind a member, or of the end of the value. */
const memberLimit = (bytes: Uint8Array, at: number, end: number): number => {
  let limit = at;
  while (limit < end && bytes[limit] !== COMMA) limit++;
  return limit;
};

/** Whether nothing but blanks is left of a member. */
const isBlankTo = (bytes: Uint8Array, at: number, limit: number): boolean => {
  for (let i = at; i < limit; i++) if (bytes[i] !== SP && bytes[i] !== HTAB) return false;
  return true;
};

const takeMember = (
  options: ConnectionOptions,
  bytes: Uint8Array,
  start: number,
  end: number,
  isRequest: boolean,
): string => {
  if (++options.members > MAX_MEMBERS) return 'Connection has too many members';
  if (isKeepAlive(bytes, start, end)) options.keepAlive = true;
  else if (isClose(bytes, start, end)) options.close = true;
  else if (isUpgrade(bytes, start, end)) options.upgrade = true;
  else if (isRequest && UNNAMEABLE[fieldKind(bytes, start, end)] === 1)
    return 'Connection names a field that must not be removed';
  else options.nominates = true;
  return '';
};

/**
 * Reads the value `bytes[start, end)` of a Connection field: a list of tokens, in which empty members count for
 * nothing (RFC 9110, 5.6.1). Returns what is wrong with it, or an empty string. A member that is no token makes a
 * request faulty and is passed over in a response, where it can do no harm: Connection is never forwarded.
 */
export const readConnection = (
  options: ConnectionOptions,
  bytes: Uint8Array,
  valueStart: number,
  end: number,
  isRequest: boolean,
): string => {
  const isOneMember = valueStart < end && endOfToken(bytes, valueStart, end) === end;
  if (isOneMember) return takeMember(options, bytes, valueStart, end, isRequest);
  let start = memberStart(bytes, valueStart, end);
  while (start < end) {
    const nameEnd = endOfToken(bytes, start, end);
    const limit = memberLimit(bytes, nameEnd, end);
    const isToken = nameEnd > start && isBlankTo(bytes, nameEnd, limit);
    if (!isToken && isRequest) return 'a member of Connection is malformed';
    const fault = isToken ? takeMember(options, bytes, start, nameEnd, isRequest) : '';
    if (fault !== '') return fault;
    start = memberStart(bytes, limit, end);
  }
  return '';
};

const areSameNames = (bytes: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): boolean => {
  if (aEnd - a !== bEnd - b) return false;
  for (let i = 0; i < aEnd - a; i++)
    if (((bytes[a + i] as number) | 0x20) !== ((bytes[b + i] as number) | 0x20)) return false;
  return true;
};

const markName = (fields: FieldTable, bytes: Uint8Array, start: number, end: number): void => {
  const { at, kinds } = fields;
  for (let i = 0; i < fields.count; i++) {
    const isNamed = areSameNames(bytes, start, end, at[4 * i] as number, at[4 * i + 1] as number);
    if (isNamed && KEEPS_KIND[kinds[i] as number] === 0) kinds[i] = NOMINATED;
  }
};

/** Gives NOMINATED to every field that a Connection field names, whether it stands before or behind it. */
export const markNominated = (fields: FieldTable, bytes: Uint8Array): void => {
  for (let i = 0; i < fields.count; i++) {
    if (fields.kinds[i] !== CONNECTION) continue;
    const end = fields.at[4 * i + 3] as number;
    let start = memberStart(bytes, fields.at[4 * i + 2] as number, end);
    while (start < end) {
      markName(fields, bytes, start, endOfToken(bytes, start, end));
      start = memberStart(bytes, memberLimit(bytes, start, end), end);
    }
  }
};
