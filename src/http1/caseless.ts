/** The bit in which an upper-case letter differs from its lower-case one, in each of four bytes. */
const CASELESS = 0x20;
const CASELESS_WORD = 0x20202020;

/**
 * Four bytes as one number, letters without their case. Exact for bytes of a token: none that is no letter becomes a
 * letter, digit or hyphen.
 */
export const caselessWord = (bytes: Uint8Array, at: number): number =>
  (bytes[at] as number) |
  ((bytes[at + 1] as number) << 8) |
  ((bytes[at + 2] as number) << 16) |
  ((bytes[at + 3] as number) << 24) |
  CASELESS_WORD;

/** A text in lower case, four bytes or longer, as words; the last one overlaps the one before it. */
export const caselessWords = (lowerText: string): readonly number[] => {
  const bytes = Buffer.from(lowerText);
  const words: number[] = [];
  for (let at = 0; at < bytes.length - 4; at += 4) words.push(caselessWord(bytes, at));
  return [...words, caselessWord(bytes, bytes.length - 4)];
};

/** Says whether `bytes[start, end)`, which are bytes of tokens, are a text, whatever its case. */
type IsText = (bytes: Uint8Array, start: number, end: number) => boolean;

/** Makes a function that knows one text in lower case, four bytes or longer. */
export const isCaseless = (lowerText: string): IsText => {
  const { length } = lowerText;
  const words = caselessWords(lowerText);
  return (bytes, start, end) => {
    if (end - start !== length) return false;
    const last = end - 4;
    let i = 0;
    for (let at = start; at < last; at += 4) if (caselessWord(bytes, at) !== words[i++]) return false;
    return caselessWord(bytes, last) === words[i];
  };
};

/**
 * Whether the token that begins at `start` begins with this lower-case text, whatever its case. The token must be as
 * long as the text or longer.
 */
export const beginsWith = (bytes: Uint8Array, start: number, lowerText: Uint8Array): boolean => {
  for (let i = 0; i < lowerText.length; i++)
    if (((bytes[start + i] as number) | CASELESS) !== lowerText[i]) return false;
  return true;
};
