const EMPTY = Buffer.alloc(0);
/** Room for a few size lines that began in an earlier piece. */
const SPARE = 64;
/** Up to here a loop is faster than a call. */
const SHORT = 32;

/**
 * What goes on of one piece of a body: runs of it as they came, and bytes put between them. Nothing is copied as long
 * as it is one run.
 */
export class PieceEditor {
  #piece: Buffer = EMPTY;
  #runStart = 0;
  #runEnd = 0;
  #out: Buffer = EMPTY;
  #length = 0;

  begin(piece: Buffer, start: number): void {
    this.#piece = piece;
    this.#runStart = start;
    this.#runEnd = start;
  }

  /** These bytes of the piece go on as they came. */
  keep(start: number, end: number): void {
    if (start !== this.#runEnd) {
      this.#flush();
      this.#runStart = start;
    }
    this.#runEnd = end;
  }

  /** These bytes go on here instead. They are copied. */
  put(bytes: Buffer): void {
    this.#flush();
    this.#append(bytes, 0, bytes.length);
  }

  /** What to send instead of `piece[start, end)`; undefined: the same. The editor keeps hold of nothing. */
  finish(start: number, end: number): Buffer | undefined {
    const isOneRun = this.#length === 0;
    const isSame = isOneRun && this.#runStart === start && this.#runEnd === end;
    if (!isOneRun) this.#flush();
    const run = isSame || !isOneRun ? EMPTY : this.#piece.subarray(this.#runStart, this.#runEnd);
    const out = this.#out.subarray(0, this.#length);
    this.#piece = EMPTY;
    this.#out = EMPTY;
    this.#length = 0;
    if (isSame) return undefined;
    return isOneRun ? run : out;
  }

  #flush(): void {
    this.#append(this.#piece, this.#runStart, this.#runEnd);
    this.#runStart = this.#runEnd;
  }

  #append(bytes: Buffer, start: number, end: number): void {
    const needed = this.#length + end - start;
    if (needed > this.#out.length) this.#grow(needed);
    if (end - start > SHORT) bytes.copy(this.#out, this.#length, start, end);
    else this.#appendShort(bytes, start, end);
    this.#length = needed;
  }

  #appendShort(bytes: Buffer, start: number, end: number): void {
    const out = this.#out;
    const shift = this.#length - start;
    for (let i = start; i < end; i++) out[shift + i] = bytes[i] as number;
  }

  #grow(needed: number): void {
    const out = Buffer.allocUnsafe(Math.max(2 * needed, this.#piece.length + SPARE));
    this.#out.copy(out, 0, 0, this.#length);
    this.#out = out;
  }
}
