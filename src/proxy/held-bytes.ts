/** Line feed. */
const LF = 10;

/** Bytes of a client that cannot be used yet: a part of a head, or requests ahead of their turn. */
export class HeldBytes {
  bytes: Buffer;
  readonly start = 0;
  end: number;
  readonly #isHead: boolean;
  #looked: number;

  /** Copies `bytes[start, end)`. `isHead`: they were looked at, and are a part of a head. */
  constructor(bytes: Buffer, start: number, end: number, isHead: boolean) {
    this.bytes = Buffer.from(bytes.subarray(start, end));
    this.end = end - start;
    this.#isHead = isHead;
    this.#looked = this.end;
  }

  get length(): number {
    return this.end;
  }

  /**
   * Adds a copy. True if it is worth to look at everything again: a head ends with a line feed, and a fault in a line
   * that never ends is found when an eighth has been added. So bytes that drip in are not scanned over and over.
   */
  add(bytes: Buffer, start: number, end: number): boolean {
    const size = end - start;
    if (this.end + size > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.end + size, 2 * this.bytes.length));
      this.bytes.copy(larger, 0, 0, this.end);
      this.bytes = larger;
    }
    bytes.copy(this.bytes, this.end, start, end);
    const lineFeed = this.bytes.indexOf(LF, this.end);
    this.end += size;
    if (!this.#isHead) return false;
    if ((lineFeed === -1 || lineFeed >= this.end) && this.end < this.#looked * 1.125) return false;
    this.#looked = this.end;
    return true;
  }
}
