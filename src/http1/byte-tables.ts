/** Bytes that the grammar of HTTP names. */
export const HTAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const COMMA = 0x2c;
export const SLASH = 0x2f;
export const COLON = 0x3a;
const UNDERSCORE = 0x5f;

const LETTERS_AND_DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

const tableOf = (entryOf: (byte: number) => number): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, byte) => entryOf(byte));

const tableOfCharacters = (characters: string): Uint8Array =>
  tableOf((byte) => (characters.includes(String.fromCharCode(byte)) ? 1 : 0));

const tableWithout = (first: number, last: number, without: string): Uint8Array =>
  tableOf((byte) => (byte >= first && byte <= last && !without.includes(String.fromCharCode(byte)) ? 1 : 0));

/** tchar (RFC 9110, 5.6.2), what tokens consist of. In this and the other tables 1 stands for bytes that belong. */
export const TOKEN = tableOfCharacters(`!#$%&'*+-.^_\`|~${LETTERS_AND_DIGITS}`);

const TOKEN_WITHOUT_UNDERSCORE = tableOf((byte) => (byte === UNDERSCORE ? 0 : (TOKEN[byte] as number)));

/** What a field value and a reason phrase consist of (RFC 9110, 5.5): HTAB, SP, VCHAR and obs-text. */
export const VALUE = tableOf((byte) => (byte === HTAB || (byte >= SP && byte !== 0x7f) ? 1 : 0));

/**
 * What a query consists of here: visible ASCII without `"`, `<`, `>` and `#`. RFC 3986, 3.4 allows less, but browsers
 * send `[ ] ^ { | }`, the backquote and the backslash as they are, and every one of them has one reading only.
 */
export const QUERY = tableWithout(0x21, 0x7e, '"<>#');

/** What stands before the query: the same without `?`, and without the backslash, which some servers read as `/`. */
const PATH = tableWithout(0x21, 0x7e, '"<>#?\\');

/** reg-name (RFC 3986, 3.2.2) without the comma, which would make a list of one Host, and without `%`. */
const REG_NAME = tableOfCharacters(`-._~!$&'()*+;=${LETTERS_AND_DIGITS}`);

/** Value of a hexadecimal digit and 1; 0 for every other byte. */
export const HEX = tableOf((byte) => '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase()) + 1);

/** True for the digits 0 to 9. */
export const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

/** Offset of the first byte from `start` on that does not belong, or `end`. */
type EndOfRun = (bytes: Uint8Array, start: number, end: number) => number;

/**
 * Takes four bytes at a time: the scanners spend most of their time here, and this is a third faster than one at a time.
 * Makes a function for each table because V8 then compiles the table in as a constant; a parameter or an imported table
 * is looked up for every run.
 */
const endOfRunIn =
  (table: Uint8Array): EndOfRun =>
  (bytes, start, end) => {
    let at = start;
    for (; at + 3 < end; at += 4) {
      const one = table[bytes[at] as number] as number;
      const two = one & (table[bytes[at + 1] as number] as number);
      const three = two & (table[bytes[at + 2] as number] as number);
      if ((three & (table[bytes[at + 3] as number] as number)) === 0) return at + one + two + three;
    }
    while (at < end && table[bytes[at] as number] === 1) at++;
    return at;
  };

/** End of a token. */
export const endOfToken = endOfRunIn(TOKEN);
/** End of a token, or its first underscore. */
export const endOfPlainToken = endOfRunIn(TOKEN_WITHOUT_UNDERSCORE);
/** End of a field value or reason phrase. */
export const endOfValue = endOfRunIn(VALUE);
/** End of a query. */
export const endOfQuery = endOfRunIn(QUERY);
/** End of what stands before the query. */
export const endOfPath = endOfRunIn(PATH);
/** End of a name or IPv4 address in an authority. */
export const endOfRegName = endOfRunIn(REG_NAME);
