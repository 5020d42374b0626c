import { beginsWith, caselessWord, caselessWords } from './caseless.ts';

/** Kinds of fields: a small integer for each name that means something to a proxy. PLAIN: nothing special. */
export const PLAIN = 0;
export const HOST = 1;
export const CONTENT_LENGTH = 2;
export const TRANSFER_ENCODING = 3;
export const CONNECTION = 4;
export const KEEP_ALIVE = 5;
export const PROXY_CONNECTION = 6;
export const TE = 7;
export const TRAILER = 8;
export const UPGRADE = 9;
export const EXPECT = 10;
export const VIA = 11;
export const FORWARDED = 12;
/** Every name that begins with `x-forwarded-`. */
export const X_FORWARDED = 13;
export const X_REAL_IP = 14;
export const X_REQUEST_ID = 15;
export const MAX_FORWARDS = 16;
export const COOKIE = 17;
export const PROXY_AUTHORIZATION = 18;
export const PROXY_AUTHENTICATE = 19;
export const AUTHORIZATION = 20;
export const HTTP2_SETTINGS = 21;
export const DATE = 22;
export const SERVER = 23;
export const SET_COOKIE = 24;
export const SERVER_TIMING = 25;
export const CONTENT_TYPE = 26;
/** Named by Connection, whatever else it was. See `markNominated` for the few that keep their kind. */
export const NOMINATED = 27;
/** The name has an underscore: CGI and WSGI cannot tell it from the same name with a hyphen. */
export const UNDERSCORED = 28;
/** What a server says of its load with an answer (ORCA), in three forms. */
export const LOAD_TEXT = 29;
export const LOAD_JSON = 30;
export const LOAD_BINARY = 31;
/** Asks for that. */
export const LOAD_FORMAT = 32;
/** Asks this proxy for the decision on its own request; shows a token, which is for nobody else. */
export const EXPLAIN = 33;
/** That decision, which only this proxy may tell. */
export const DECISION = 34;
/** How many kinds there are: the length of a table with one entry for each. */
export const KINDS = 35;

/** A known name in lower case and its kind. No two of them agree in both length and first letter. */
export const KNOWN_NAMES: readonly (readonly [name: string, kind: number])[] = [
  ['host', HOST],
  ['content-length', CONTENT_LENGTH],
  ['transfer-encoding', TRANSFER_ENCODING],
  ['connection', CONNECTION],
  ['keep-alive', KEEP_ALIVE],
  ['proxy-connection', PROXY_CONNECTION],
  ['te', TE],
  ['trailer', TRAILER],
  ['upgrade', UPGRADE],
  ['expect', EXPECT],
  ['via', VIA],
  ['forwarded', FORWARDED],
  ['x-real-ip', X_REAL_IP],
  ['x-request-id', X_REQUEST_ID],
  ['max-forwards', MAX_FORWARDS],
  ['cookie', COOKIE],
  ['proxy-authorization', PROXY_AUTHORIZATION],
  ['proxy-authenticate', PROXY_AUTHENTICATE],
  ['authorization', AUTHORIZATION],
  ['http2-settings', HTTP2_SETTINGS],
  ['date', DATE],
  ['server', SERVER],
  ['set-cookie', SET_COOKIE],
  ['server-timing', SERVER_TIMING],
  ['content-type', CONTENT_TYPE],
  ['endpoint-load-metrics', LOAD_TEXT],
  ['endpoint-load-metrics-json', LOAD_JSON],
  ['endpoint-load-metrics-bin', LOAD_BINARY],
  ['endpoint-load-metrics-format', LOAD_FORMAT],
  ['x-forehand-explain', EXPLAIN],
  ['x-forehand-decision', DECISION],
];

const LONGEST = 28;
const WORDS = Math.ceil(LONGEST / 4);
const LETTER_X = 0x78;
const X_FORWARDED_PREFIX = Buffer.from('x-forwarded-');

/** A letter counts without its case. */
const keyOf = (length: number, first: number): number => (length << 5) | (first & 0x1f);

/** By length and first letter: the one kind that the name can have. */
const CANDIDATES = new Uint8Array((LONGEST + 1) << 5);
/** So many words for each kind: its name. */
const NAMES = new Int32Array(KINDS * WORDS);
/** Names that are shorter than a word. */
const SHORT_NAMES: (readonly [lowerName: Buffer, kind: number])[] = [];
for (const [name, kind] of KNOWN_NAMES) {
  if (name.length < 4) {
    SHORT_NAMES.push([Buffer.from(name), kind]);
    continue;
  }
  CANDIDATES[keyOf(name.length, name.charCodeAt(0))] = kind;
  NAMES.set(caselessWords(name), kind * WORDS);
}

/** Whether the token is the name of this kind, whatever its case; both have this length. */
const hasName = (bytes: Uint8Array, start: number, length: number, kind: number): boolean => {
  const last = start + length - 4;
  let name = kind * WORDS;
  for (let at = start; at < last; at += 4) if (caselessWord(bytes, at) !== NAMES[name++]) return false;
  return caselessWord(bytes, last) === NAMES[name];
};

const shortKind = (bytes: Uint8Array, start: number, length: number): number => {
  for (const [name, kind] of SHORT_NAMES)
    if (name.length === length && beginsWith(bytes, start, name)) return kind;
  return PLAIN;
};

const isForwarded = (bytes: Uint8Array, start: number, length: number): boolean =>
  length >= X_FORWARDED_PREFIX.length && beginsWith(bytes, start, X_FORWARDED_PREFIX);

/** Kind of the field whose name is the token `bytes[start, end)`. Never NOMINATED or UNDERSCORED: those are marks. */
export const fieldKind = (bytes: Uint8Array, start: number, end: number): number => {
  const length = end - start;
  if (length < 4) return shortKind(bytes, start, length);
  const first = bytes[start] as number;
  const candidate = length <= LONGEST ? (CANDIDATES[keyOf(length, first)] as number) : 0;
  if (candidate !== 0 && hasName(bytes, start, length, candidate)) return candidate;
  return (first | 0x20) === LETTER_X && isForwarded(bytes, start, length) ? X_FORWARDED : PLAIN;
};

/** A table by kind: 1 for these, 0 for all others. */
export const kindTable = (...kinds: readonly number[]): Uint8Array => {
  const made = new Uint8Array(KINDS);
  for (const one of kinds) made[one] = 1;
  return made;
};
