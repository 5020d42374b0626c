import { HEADROOM } from '../transport/connection.ts';

/** The part of an answer's head that has come so far, with HEADROOM before it. */
export class PartialHead {
  bytes: Buffer;
  readonly start = HEADROOM;
  end: number;

  /** Copies `bytes[start, end)`. */
  constructor(bytes: Buffer, start: number, end: number) {
    this.bytes = Buffer.allocUnsafeSlow(HEADROOM + 2 * (end - start) + 1024);
    this.end = HEADROOM;
    this.add(bytes, start, end);
  }

  add(bytes: Buffer, start: number, end: number): void {
    const size = end - start;
    if (this.end + size > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(2 * (this.end + size));
      this.bytes.copy(larger, 0, 0, this.end);
      this.bytes = larger;
    }
    bytes.copy(this.bytes, this.end, start, end);
    this.end += size;
  }
}

/** What is held of a head from `bytes[start, end)` on: the same as before, where nothing of it was used. */
export const heldHead = (
  held: PartialHead | undefined,
  bytes: Buffer,
  start: number,
  end: number,
): PartialHead => (held?.bytes === bytes && held.start === start ? held : new PartialHead(bytes, start, end));
