/** Printable ASCII but for the quotation mark and the backslash. Everything else could end a field, or a line. */
const ODD = /[^ !#-[\]-~]/;
const ODD_CHARACTERS = /[^ !#-[\]-~]/gu;
const ODD_UNITS = /[^ !#-[\]-~]/g;

const PLAIN = Uint8Array.from({ length: 256 }, (_, code) => (ODD.test(String.fromCharCode(code)) ? 0 : 1));
/** Up to this length a loop is faster than a regular expression. */
const SHORT = 40;

const isOdd = (text: string): boolean => {
  if (text.length > SHORT) return ODD.test(text);
  for (let i = 0; i < text.length; i++) if (PLAIN[text.charCodeAt(i)] !== 1) return true;
  return false;
};

/** Those that Apache writes by a letter (ap_escape_logitem). */
const BY_LETTER: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

const hex = (code: number, length: number): string => code.toString(16).padStart(length, '0');

/** A character that no byte stands for can only be our own text, which is UTF-8. */
const inBytes = (character: string): string => {
  const bytes = Buffer.from(character, character > '\xff' ? 'utf8' : 'latin1');
  return Array.from(bytes, (byte) => `\\x${hex(byte, 2)}`).join('');
};

const inApacheWay = (character: string): string => BY_LETTER[character] ?? inBytes(character);

const inJsonWay = (unit: string): string => {
  if (unit === '"' || unit === '\\') return `\\${unit}`;
  return `\\u${hex(unit.charCodeAt(0), 4)}`;
};

/**
 * Text as Apache writes it between quotation marks: `\"`, `\\`, a letter for some control characters, `\xhh` for every
 * other byte that is not printable ASCII. Text is as HTTP gives it, a character for each byte.
 */
export const apacheText = (text: string): string =>
  isOdd(text) ? text.replace(ODD_CHARACTERS, inApacheWay) : text;

/**
 * Text as JSON writes it between quotation marks, in ASCII alone. A byte above 0x7f becomes the character of that number
 * (ISO 8859-1), so that every byte can be told from the log, whatever was meant by it.
 */
export const jsonText = (text: string): string => (isOdd(text) ? text.replace(ODD_UNITS, inJsonWay) : text);
