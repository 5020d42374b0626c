import type { Server } from '../core/types.ts';
import { PIECE_BYTES, pieceBuffers, sentBuffers } from './buffers.ts';

const CR = 13;
const LF = 10;
/** Longest content that is kept to be sent again, bytes. */
const REPLAY_BYTES = 64 * 1024;

/**
 * What goes to a server: the head, then content as it comes. It is kept as long as it may have to be sent again; longer
 * content than REPLAY_BYTES passes without being kept.
 */
export class SentRequest {
  /** `buffer[0, length)` is the head and the content that is kept. */
  buffer: Buffer;
  length = 0;
  /** Everything so far is in the buffer. */
  isWhole = true;
  /** The server that the head was ended for, and the lines that are for it alone. */
  addressee: Server | undefined = undefined;
  addresseeLines = '';
  #addresseeEnd = 0;
  #headLength = 0;
  #piece: Buffer | undefined = undefined;

  /** @param room bytes that the head may need. */
  constructor(room: number) {
    this.buffer = sentBuffers.take();
    if (this.buffer.length >= room) return;
    sentBuffers.give(this.buffer);
    this.buffer = Buffer.allocUnsafeSlow(room);
  }

  /** The head is composed: it ends at `length`. */
  headEnds(length: number): void {
    this.length = length;
    this.#headLength = length;
  }

  /** Adds lines to the head. */
  add(lines: string): void {
    if (lines !== '') this.keep(Buffer.from(lines, 'latin1'), 0, lines.length);
  }

  /** Adds lines that are for this server alone. */
  addFor(server: Server | undefined, lines: string): void {
    this.add(lines);
    this.addressee = server;
    this.addresseeLines = lines;
    this.#addresseeEnd = this.length;
  }

  /** All of it, with these lines in place of those for the addressee; the bytes are nobody else's. */
  allWith(lines: string): Uint8Array {
    const { buffer, length, addresseeLines } = this;
    const before = buffer.subarray(0, this.#addresseeEnd - addresseeLines.length);
    return Buffer.concat([before, Buffer.from(lines, 'latin1'), buffer.subarray(this.#addresseeEnd, length)]);
  }

  /** Adds the empty line. */
  endHead(): void {
    this.#makeRoom(2);
    this.buffer[this.length] = CR;
    this.buffer[this.length + 1] = LF;
    this.headEnds(this.length + 2);
  }

  /** All of it. */
  all(): Uint8Array {
    // A plain view costs half of what a Buffer's subarray does.
    return new Uint8Array(this.buffer.buffer, this.buffer.byteOffset, this.length);
  }

  /** Keeps content, whatever its size: nothing has been sent yet. */
  keep(bytes: Buffer, start: number, end: number): void {
    this.#makeRoom(end - start);
    bytes.copy(this.buffer, this.length, start, end);
    this.length += end - start;
  }

  /** Copies content to where it stays until it is with the kernel, and gives that. `mayRepeat`: keeps it, too. */
  pass(bytes: Buffer, start: number, end: number, mayRepeat: boolean): Buffer {
    const size = end - start;
    const kept = this.length - this.#headLength;
    if (mayRepeat && this.isWhole && kept + size <= REPLAY_BYTES) {
      this.keep(bytes, start, end);
      return this.buffer.subarray(this.length - size, this.length);
    }
    this.isWhole = false;
    if (size > PIECE_BYTES) return Buffer.from(bytes.subarray(start, end));
    this.#piece ??= pieceBuffers.take();
    bytes.copy(this.#piece, 0, start, end);
    return this.#piece.subarray(0, size);
  }

  /** Gives the memory back. `isWriting`: something of it is not with the kernel yet. */
  free(isWriting: boolean): void {
    if (!isWriting) {
      sentBuffers.give(this.buffer);
      if (this.#piece) pieceBuffers.give(this.#piece);
    }
    this.buffer = NOTHING;
    this.length = 0;
    this.isWhole = false;
    this.#piece = undefined;
  }

  #makeRoom(size: number): void {
    const needed = this.length + size;
    if (needed <= this.buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.buffer.length));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }
}

const NOTHING = Buffer.alloc(0);
