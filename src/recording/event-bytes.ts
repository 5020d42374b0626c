import { AT_ONCE_BIT, HEAD_BIT } from './event-kinds.ts';
import { LateTexts } from './late-texts.ts';
import { ABSENT, LONG, NAMED, SHORT, WIDE } from './value-kinds.ts';

/** Before the events of a chunk: how many bytes of them there are. Texts follow behind them. */
export const CHUNK_HEAD = 4;

/** Before the first event of a chunk: equal to nothing. */
const NEVER = Number.NaN;
/** High half of a NaN that nobody makes: no time has it. */
const NO_HALF = -1;

/**
 * Writes numbers and texts into memory that was there before: it makes no garbage. What does not fit sets
 * `isFull`, and nothing that was written since the last event means anything then. What is written is read without
 * what was in other memory before.
 */
export class EventBytes {
  /** Where the next byte goes. */
  at = CHUNK_HEAD;
  isFull = false;
  bytes: Buffer;
  readonly texts: LateTexts;
  /** First byte and total of the answer before. A list, since V8 allocates for a field. */
  readonly #before = Float64Array.of(NEVER, NEVER);
  /** The halves of the time of the event before. */
  #low = NO_HALF;
  #high = NO_HALF;
  #status = 0;
  /** Where the room of the texts begins. */
  readonly #end: number;
  #view: DataView;

  /** `textSize`: bytes of each memory that are left for late texts. */
  constructor(bytes: Buffer, textSize: number) {
    this.bytes = bytes;
    this.texts = new LateTexts(textSize);
    this.#end = bytes.length - textSize;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get isEmpty(): boolean {
    return this.at === CHUNK_HEAD;
  }

  /** Goes on in other memory, from its beginning. */
  use(bytes: Buffer): void {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.at = CHUNK_HEAD;
    this.isFull = false;
    this.texts.clear();
    this.#before.fill(NEVER);
    this.#high = NO_HALF;
  }

  /** All that was written, to be read as a chunk. `use` other memory then. */
  content(): Buffer {
    const texts = this.texts.take();
    this.#view.setUint32(0, this.at, true);
    const end = this.at + texts.copy(this.bytes, this.at);
    return this.bytes.subarray(0, end);
  }

  u8(value: number): void {
    this.#view.setUint8(this.at, value);
    this.at += 1;
  }

  u16(value: number): void {
    this.#view.setUint16(this.at, value, true);
    this.at += 2;
  }

  u32(value: number): void {
    this.#view.setUint32(this.at, value, true);
    this.at += 4;
  }

  f64(value: number): void {
    this.#view.setFloat64(this.at, value, true);
    this.at += 8;
  }

  f32(value: number): void {
    this.#view.setFloat32(this.at, value, true);
    this.at += 4;
  }

  /** Writes over what stands there. */
  put8(at: number, value: number): void {
    this.#view.setUint8(at, value);
  }

  /** Writes over what stands there. */
  put16(at: number, value: number): void {
    this.#view.setUint16(at, value, true);
  }

  /** Sets these bits of what stands there. */
  mark(at: number, bits: number): void {
    this.#view.setUint8(at, this.#view.getUint8(at) | bits);
  }

  /** The head of an event about a server: kind, with `extra` or not, place of the pool or chain, number, time. */
  head(kind: number, place: number, server: number, now: number): void {
    const start = this.at;
    const view = this.#view;
    let bits = kind;
    let at = start + 4;
    if (place < 256 && server < 65_536) {
      view.setUint8(start + 1, place);
      view.setUint16(start + 2, server, true);
    } else {
      bits |= HEAD_BIT.wide;
      view.setUint16(start + 1, place, true);
      view.setUint32(start + 3, server, true);
      at = start + 7;
    }
    view.setFloat64(at, now, true);
    const [low, high] = [view.getInt32(at, true), view.getInt32(at + 4, true)];
    if (high !== this.#high) {
      bits |= HEAD_BIT.fullTime;
      at += 8;
    } else if (low === this.#low) bits |= HEAD_BIT.sameTime;
    else at += 4;
    this.#low = low;
    this.#high = high;
    view.setUint8(start, bits);
    this.at = at;
  }

  /** Whether that is the time of the event before. */
  isNow(now: number): boolean {
    const { at } = this;
    const view = this.#view;
    view.setFloat64(at, now, true);
    return view.getInt32(at, true) === this.#low && view.getInt32(at + 4, true) === this.#high;
  }

  /** Another time than that of the event, or its low half where the event's has the same high one. Says if it is whole. */
  otherTime(time: number): boolean {
    const { at } = this;
    const view = this.#view;
    view.setFloat64(at, time, true);
    const isWhole = view.getInt32(at + 4, true) !== this.#high;
    this.at = at + (isWhole ? 8 : 4);
    return isWhole;
  }

  /** Status and times of an answer. */
  answer(status: number, firstByte: number, total: number): void {
    const { at } = this;
    const view = this.#view;
    const before = this.#before;
    this.#status = status;
    before[0] = firstByte;
    before[1] = total;
    const isAtOnce = firstByte === total;
    view.setUint16(at, isAtOnce ? status | AT_ONCE_BIT : status, true);
    view.setFloat64(at + 2, firstByte, true);
    if (!isAtOnce) view.setFloat64(at + 10, total, true);
    this.at = at + (isAtOnce ? 10 : 18);
  }

  /** Whether the answer before had these. */
  isAnswer(status: number, firstByte: number | undefined, total: number): boolean {
    const before = this.#before;
    return before[0] === firstByte && before[1] === total && this.#status === status;
  }

  /** A text that comes back with `late` of the reader: its length stands here. Cheaper than `text` for what is hot. */
  late(text: string | undefined): void {
    if (text === undefined) {
      this.u8(ABSENT);
      return;
    }
    const { length } = text;
    if (length <= SHORT) this.u8(length);
    else {
      this.u8(LONG);
      this.u32(length);
    }
    this.texts.add(text);
  }

  /** A number with the place of its name, in what says it in least bytes. */
  named(place: number, value: number): void {
    const { at } = this;
    const view = this.#view;
    if ((value & 0xffff) === value && (value !== 0 || 1 / value > 0)) {
      view.setUint8(at, place | NAMED.whole);
      view.setUint16(at + 1, value, true);
      this.at = at + 3;
      return;
    }
    const isSingle = Math.fround(value) === value;
    view.setUint8(at, place | (isSingle ? NAMED.single : NAMED.double));
    if (isSingle) view.setFloat32(at + 1, value, true);
    else view.setFloat64(at + 1, value, true);
    this.at = at + (isSingle ? 5 : 9);
  }

  /** Whether there is room for so many bytes; where there is none, all is in vain. */
  has(room: number): boolean {
    if (this.at + room > this.#end) this.isFull = true;
    return !this.isFull;
  }

  /** Latin-1 where that holds it, else UTF-16. */
  text(text: string | undefined): void {
    if (text === undefined) {
      this.u8(ABSENT);
      return;
    }
    const { length } = text;
    if (!this.has(5 + 2 * length)) return;
    const start = this.at;
    if (length <= SHORT) this.u8(length);
    else {
      this.u8(LONG);
      this.u32(length);
    }
    const { bytes } = this;
    let at = this.at;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 255) {
        this.at = start;
        this.#wide(text);
        return;
      }
      bytes[at++] = code;
    }
    this.at = at;
  }

  #wide(text: string): void {
    this.u8(WIDE);
    this.u32(text.length);
    this.at += this.bytes.write(text, this.at, 'utf16le');
  }
}
