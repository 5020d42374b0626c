import { CHUNK_HEAD } from './event-bytes.ts';
import { readTexts } from './late-texts.ts';
import { ABSENT, KNOWN_NAMES, LONG, NAMED, OTHER_NAME, VALUE, WIDE } from './value-kinds.ts';

/** Reads what EventBytes wrote. Throws a RangeError at the end of the bytes, and for what nobody wrote. */
export class EventReader {
  /** Where the next byte is. */
  at = 0;
  readonly #bytes: Buffer;
  readonly #texts: string;
  readonly #whole = Buffer.alloc(8);
  #textAt = 0;

  /** `texts`: those that came late, one behind the other. */
  constructor(bytes: Buffer, texts = '') {
    this.#bytes = bytes;
    this.#texts = texts;
  }

  /** Reads a chunk. */
  static of(content: Buffer): EventReader {
    if (content.length === 0) return new EventReader(content);
    const end = new EventReader(content).u32();
    if (end < CHUNK_HEAD || end > content.length)
      throw new RangeError('there are more events than what holds them');
    const reader = new EventReader(content.subarray(0, end), readTexts(content.subarray(end)));
    reader.at = CHUNK_HEAD;
    return reader;
  }

  get isAtEnd(): boolean {
    return this.at >= this.#bytes.length;
  }

  u8(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  u16(): number {
    return this.#bytes.readUInt16LE(this.#take(2));
  }

  u32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  f64(): number {
    return this.#bytes.readDoubleLE(this.#take(8));
  }

  f32(): number {
    return this.#bytes.readFloatLE(this.#take(4));
  }

  /** A time of which the low half stands here; the high one is that of `other`. */
  half(other: number): number {
    const whole = this.#whole;
    whole.writeDoubleLE(other);
    whole.writeUInt32LE(this.u32());
    return whole.readDoubleLE();
  }

  /** Undefined for one that was absent. */
  text(): string | undefined {
    const first = this.u8();
    if (first === ABSENT) return undefined;
    const length = first === LONG || first === WIDE ? this.u32() : first;
    const size = first === WIDE ? 2 * length : length;
    const start = this.#take(size);
    return this.#bytes.toString(first === WIDE ? 'utf16le' : 'latin1', start, start + size);
  }

  /** A text whose length alone stands here; undefined for one that was absent. */
  late(): string | undefined {
    const first = this.u8();
    if (first === ABSENT) return undefined;
    const start = this.#textAt;
    const end = start + (first === LONG ? this.u32() : first);
    if (end > this.#texts.length) throw new RangeError('the texts end in the middle of one');
    this.#textAt = end;
    return this.#texts.slice(start, end);
  }

  /** A text that must be there. */
  said(): string {
    return this.text() ?? '';
  }

  value(): unknown {
    const kind = this.u8();
    switch (kind) {
      case VALUE.undefined:
        return undefined;
      case VALUE.null:
        return null;
      case VALUE.false:
        return false;
      case VALUE.true:
        return true;
      case VALUE.number:
        return this.f64();
      case VALUE.text:
        return this.said();
      case VALUE.list:
        return Array.from({ length: this.#count(this.u32()) }, () => this.value());
      case VALUE.object:
        return this.#object();
      default:
        throw new RangeError(`there is no value of kind ${kind}`);
    }
  }

  #object(): Record<string, unknown> {
    const entries: [string, unknown][] = [];
    const count = this.u16();
    for (let i = 0; i < count; i++) {
      const first = this.u8();
      const place = first & OTHER_NAME;
      const name = place === OTHER_NAME ? this.said() : KNOWN_NAMES[place];
      if (name === undefined) throw new RangeError(`there is no name ${place}`);
      entries.push([name, this.#named(first & ~OTHER_NAME)]);
    }
    return Object.fromEntries(entries);
  }

  #named(kind: number): unknown {
    if (kind === NAMED.whole) return this.u16();
    if (kind === NAMED.single) return this.f32();
    return kind === NAMED.double ? this.f64() : this.value();
  }

  /** Each item has a byte at least. */
  #count(count: number): number {
    if (count > this.#bytes.length - this.at) throw new RangeError('a list is longer than what holds it');
    return count;
  }

  #take(size: number): number {
    const { at } = this;
    if (at + size > this.#bytes.length) throw new RangeError('the events end in the middle of one');
    this.at = at + size;
    return at;
  }
}
