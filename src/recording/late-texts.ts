/** Characters that are held as they came. Writing them together takes half the time of writing each. */
const MOST_HELD = 4096;
/** What an event may need at least, two bytes for a character, so that only huge ones do not fit. */
const RESERVE = 136 * 1024;
/** The head of a block: its characters, and whether each has two bytes. */
const BLOCK_HEAD = 4;
const WIDE_BLOCK = 0x8000_0000;

/**
 * Gathers the texts of a chunk; their lengths stand in its events. They are written in blocks: as ASCII where all of a
 * block is, else as UTF-16.
 */
export class LateTexts {
  /** A text did not fit. */
  isFull = false;
  readonly #bytes: Buffer;
  readonly #limit: number;
  #at = 0;
  #held = '';

  /** `size`: bytes of memory; what is beyond 136 KiB of it is used before it counts as almost full. */
  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafeSlow(size);
    this.#limit = size - RESERVE;
  }

  /** Texts of another event might not fit. */
  get isAlmostFull(): boolean {
    return this.#at > this.#limit;
  }

  add(text: string): void {
    // What is held is of events before, which do not go with this one if it has no room.
    if (text.length > MOST_HELD && this.#held !== '') this.#settle();
    this.#held += text;
    if (this.#held.length > MOST_HELD) this.#settle();
  }

  /** All that was added, in its blocks. Good until something else is added. */
  take(): Buffer {
    if (this.#held !== '') this.#settle();
    const taken = this.#bytes.subarray(0, this.#at);
    this.clear();
    return taken;
  }

  clear(): void {
    this.#at = 0;
    this.#held = '';
    this.isFull = false;
  }

  #settle(): void {
    const bytes = this.#bytes;
    const text = this.#held;
    const { length } = text;
    const start = this.#at + BLOCK_HEAD;
    const room = bytes.length - start;
    this.#held = '';
    // As many bytes as characters: each is of seven bits.
    const isPlain = 3 * length <= room && bytes.write(text, start, 'utf8') === length;
    if (!isPlain && 2 * length > room) {
      this.isFull = true;
      return;
    }
    bytes.writeUInt32LE(isPlain ? length : length + WIDE_BLOCK, this.#at);
    this.#at = start + (isPlain ? length : bytes.write(text, start, 'utf16le'));
  }
}

/** Reads what `take` gave, as one text. Throws a RangeError for what it did not give. */
export const readTexts = (bytes: Buffer): string => {
  let texts = '';
  for (let at = 0; at < bytes.length; ) {
    if (at + BLOCK_HEAD > bytes.length) throw new RangeError('the texts end in the middle of one');
    const head = bytes.readUInt32LE(at);
    const isWide = head >= WIDE_BLOCK;
    const end = at + BLOCK_HEAD + (isWide ? 2 * (head - WIDE_BLOCK) : head);
    if (end > bytes.length) throw new RangeError('a text is longer than what holds it');
    texts += bytes.toString(isWide ? 'utf16le' : 'latin1', at + BLOCK_HEAD, end);
    at = end;
  }
  return texts;
};
