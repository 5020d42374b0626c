import { randomBytes } from 'node:crypto';

const KEPT = /^[\w.:/+=@-]{1,128}$/;

/** Characters of an id that we make. */
export const ID_LENGTH = 36;
/** Characters that the ids of one moment share. */
const SHARED_LENGTH = 28;
const HEX_DIGITS = Buffer.from('0123456789abcdef');

/** The ids of one moment: they share their beginning, and end with a number that is counted up. */
export class IdSeries {
  readonly text: string;
  readonly bytes: Buffer;
  /** The number of the last id. */
  serial: number;

  constructor(epochMs: number) {
    const time = Math.floor(epochMs).toString(16).padStart(12, '0');
    const random = randomBytes(9);
    const hex = random.toString('hex');
    const variant = '89ab'[(random[8] ?? 0) & 3];
    this.text = `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(0, 3)}-${variant}${hex.slice(3, 6)}-${hex.slice(6, 10)}`;
    this.bytes = Buffer.from(this.text);
    this.serial = random.readUInt32BE(4);
  }

  /** The id with a number. */
  idOf(serial: number): string {
    return this.text + serial.toString(16).padStart(8, '0');
  }

  /** Writes the id with a number as ID_LENGTH bytes. */
  write(serial: number, out: Buffer, at: number): void {
    const { bytes } = this;
    for (let i = 0; i < SHARED_LENGTH; i++) out[at + i] = bytes[i] as number;
    let rest = serial;
    for (let i = ID_LENGTH - 1; i >= SHARED_LENGTH; i--) {
      out[at + i] = HEX_DIGITS[rest & 15] as number;
      rest >>>= 4;
    }
  }
}

/**
 * Ids for requests: UUID version 7 (RFC 9562, 5.7). 42 random bits are drawn anew whenever the clock that is handed in
 * has moved; within one of its ticks ids are counted up from a random number (6.2, method 1).
 */
export class RequestIds {
  #series = new IdSeries(0);
  #millis = 0;

  /** The series that the next id is of; its `serial` is that of the id. */
  next(epochMs: number): IdSeries {
    if (epochMs !== this.#millis) {
      this.#millis = epochMs;
      this.#series = new IdSeries(epochMs);
    }
    this.#series.serial = (this.#series.serial + 1) >>> 0;
    return this.#series;
  }
}

/** True for an id from a trusted peer that can be written to logs and heads as it is. */
export const isKeptId = (id: string | undefined): id is string => id !== undefined && KEPT.test(id);
