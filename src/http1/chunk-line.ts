import { CR, HEX, LF, TOKEN, VALUE } from './byte-tables.ts';

/** Longest chunk-size line in bytes, extensions and CRLF included. Extensions are all that can make it long. */
export const MAX_CHUNK_LINE = 4096;
/** A size below may have one more hexadecimal digit and stays at most 2^53 - 1. */
const SIZE_LIMIT = 2 ** 49;
const QUOTE = 0x22;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;

/** Where in a line a scan is: what may come next. */
const FIRST_DIGIT = 0;
const DIGIT = 1;
const NAME_START = 2;
const NAME = 3;
const VALUE_START = 4;
const TOKEN_VALUE = 5;
const QUOTED = 6;
const ESCAPED = 7;
const QUOTED_END = 8;
const LINE_END = 9;
const BAD = -1;

/** What may stand behind a size, an extension's name or its value. */
const afterPart = (byte: number): number => {
  if (byte === CR) return LINE_END;
  return byte === SEMICOLON ? NAME_START : BAD;
};

/** chunk-ext (RFC 9112, 7.1.1) without the bad white space that only old senders wrote. Next state, or BAD. */
const nextInExtension = (state: number, byte: number): number => {
  const isToken = TOKEN[byte] !== 0;
  switch (state) {
    case NAME_START:
      return isToken ? NAME : BAD;
    case NAME:
      if (isToken) return NAME;
      return byte === EQUALS ? VALUE_START : afterPart(byte);
    case VALUE_START:
      if (byte === QUOTE) return QUOTED;
      return isToken ? TOKEN_VALUE : BAD;
    case TOKEN_VALUE:
      return isToken ? TOKEN_VALUE : afterPart(byte);
    case QUOTED:
      if (byte === QUOTE) return QUOTED_END;
      if (byte === BACKSLASH) return ESCAPED;
      return VALUE[byte] === 1 ? QUOTED : BAD;
    case ESCAPED:
      return VALUE[byte] === 1 ? QUOTED : BAD;
    default:
      return afterPart(byte);
  }
};

/** Reads chunk-size lines (RFC 9112, 7.1), in as many pieces as they come. */
export class ChunkLine {
  /** Size of the chunk. Whole once `take` has returned the offset behind the line. */
  size = 0;
  /** The line is a size without leading zeros and nothing else. */
  isCanonical = true;
  fault = '';
  #state = FIRST_DIGIT;
  #length = 0;

  /** No byte of the line has come yet. */
  get isFresh(): boolean {
    return this.#length === 0;
  }

  /** Begins the next line. */
  begin(): void {
    this.size = 0;
    this.isCanonical = true;
    this.fault = '';
    this.#state = FIRST_DIGIT;
    this.#length = 0;
  }

  /** Takes a piece. Offset behind the line; 0: it goes on behind `end`; -1: it is faulty. */
  take(bytes: Uint8Array, start: number, end: number): number {
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number;
      if (this.#length++ === MAX_CHUNK_LINE) return this.#refuse('a chunk size line is too long');
      if (this.#state === LINE_END)
        return byte === LF ? at + 1 : this.#refuse('a chunk size line is malformed');
      this.#state = this.#state <= DIGIT ? this.#takeDigit(byte) : nextInExtension(this.#state, byte);
      if (this.#state === BAD) return this.#refuse('a chunk size line is malformed');
    }
    return 0;
  }

  #takeDigit(byte: number): number {
    const digit = (HEX[byte] as number) - 1;
    if (digit < 0) {
      if (byte !== CR) this.isCanonical = false;
      return this.#state === FIRST_DIGIT ? BAD : afterPart(byte);
    }
    if (this.#state === DIGIT && this.size === 0) this.isCanonical = false;
    if (this.size >= SIZE_LIMIT) return BAD;
    this.size = this.size * 16 + digit;
    return DIGIT;
  }

  #refuse(why: string): number {
    this.fault = why;
    return -1;
  }
}
