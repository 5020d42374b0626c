const NEWLINE = 10;
/** A size in hex, with extensions that nobody sends. */
const MAX_LINE = 1024;
const SIZE = /^([0-9a-f]{1,8}) *(?:;.*)?$/i;

/** Takes the chunks of a body apart (RFC 9112, 7.1). Extensions and trailers are read and forgotten. */
export class Chunks {
  /** Bytes of the chunk under way that have not come. */
  #left = 0;
  /** The beginning of a line whose end has not come. */
  #line = '';
  #next: 'size' | 'end of chunk' | 'trailer' = 'size';

  /** Hands on what is data. True when the last chunk has ended. Throws for what is no chunk. */
  take(bytes: Buffer, give: (data: Buffer) => void): boolean {
    let at = 0;
    while (at < bytes.length) {
      if (this.#left > 0) {
        const data = bytes.subarray(at, at + this.#left);
        this.#left -= data.length;
        at += data.length;
        give(data);
        continue;
      }
      const newline = bytes.indexOf(NEWLINE, at);
      const stop = newline === -1 ? bytes.length : newline;
      this.#line += bytes.toString('latin1', at, Math.min(stop, at + MAX_LINE));
      if (this.#line.length >= MAX_LINE) throw new Error('a chunk begins with a line without end');
      if (newline !== -1 && this.#takeLine()) return true;
      at = stop + 1;
    }
    return false;
  }

  #takeLine(): boolean {
    const line = this.#line.trim();
    this.#line = '';
    if (this.#next === 'trailer') return line === '';
    if (this.#next === 'end of chunk') {
      if (line !== '') throw new Error('a chunk is longer than it says');
      this.#next = 'size';
      return false;
    }
    const size = SIZE.exec(line)?.[1];
    if (size === undefined) throw new Error('a chunk has no size');
    this.#left = Number.parseInt(size, 16);
    this.#next = this.#left > 0 ? 'end of chunk' : 'trailer';
    return false;
  }
}
