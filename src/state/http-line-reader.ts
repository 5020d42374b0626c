const NEWLINE = 10;
const NOTHING = Buffer.alloc(0);

/** Cuts what comes in pieces into lines. Holds the beginning of one line at most, and never more than `limit` bytes. */
export class LineReader {
  readonly #limit: number;
  /** The beginning of a line whose end has not come; `#size` bytes of it are used. */
  #begun: Buffer = NOTHING;
  #size = 0;

  /** `limit`: most bytes of a line, without its end. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Calls `line` with each line that is whole now. False once one is too long: nothing can be read any more. */
  take(chunk: Buffer, line: (text: string) => void): boolean {
    let from = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, from);
      const stop = end === -1 ? chunk.length : end;
      if (this.#size + stop - from > this.#limit) return false;
      if (end === -1) {
        if (stop > from) this.#keep(chunk, from);
        return true;
      }
      line(this.#size === 0 ? chunk.toString('utf8', from, end) : this.#joined(chunk.subarray(from, end)));
      from = end + 1;
    }
  }

  #joined(end: Buffer): string {
    const text = Buffer.concat([this.#begun.subarray(0, this.#size), end]).toString('utf8');
    this.#begun = NOTHING;
    this.#size = 0;
    return text;
  }

  /** Copies: pieces of one byte each would otherwise hold a buffer each. */
  #keep(chunk: Buffer, from: number): void {
    const needed = this.#size + chunk.length - from;
    if (needed > this.#begun.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(this.#limit, Math.max(1024, 2 * needed)));
      this.#begun.copy(larger, 0, 0, this.#size);
      this.#begun = larger;
    }
    chunk.copy(this.#begun, this.#size, from);
    this.#size = needed;
  }
}
