import { CR, LF } from './byte-tables.ts';
import { ChunkLine } from './chunk-line.ts';
import { PieceEditor } from './piece-editor.ts';
import type { RequestHead } from './request-head.ts';
import type { ResponseHead } from './response-head.ts';
import { Trailers } from './trailers.ts';

/** How the end of a body is found (RFC 9112, 6.3). */
export const NO_BODY = 0;
export const BY_LENGTH = 1;
export const CHUNKED = 2;
export const UNTIL_CLOSE = 3;

/** How the body of a request ends (RFC 9112, 6.3): framing says, never the method. */
export const requestBody = (head: RequestHead): number => {
  if (head.chunked) return CHUNKED;
  return head.contentLength > 0 ? BY_LENGTH : NO_BODY;
};

/** How the body of a response ends (RFC 9112, 6.3). `isHead`: it answers HEAD. What follows 101 is no body. */
export const responseBody = (head: ResponseHead, isHead: boolean): number => {
  const { status } = head;
  if (isHead || status < 200 || status === 204 || status === 304) return NO_BODY;
  if (head.chunked) return CHUNKED;
  if (head.contentLength < 0) return UNTIL_CLOSE;
  return head.contentLength > 0 ? BY_LENGTH : NO_BODY;
};

/** Where in a chunked body a scan is: what comes next. */
const SIZE_LINE = 0;
const DATA = 1;
const DATA_CR = 2;
const DATA_LF = 3;
const TRAILER_SECTION = 4;

const NOTHING = Buffer.alloc(0);

/** One for all bodies: nothing is left in it between two calls. */
const editor = new PieceEditor();

/**
 * Finds the end of a body, piece by piece. Made once and used for many.
 *
 * A chunked body goes on as it came while it is canonical: sizes without leading zeros, no extensions, no trailers. All
 * else is framed anew, so that the next reader has nothing to interpret: extensions are dropped (RFC 9112, 7.1.1), size
 * lines and trailers are held until they are whole, and trailers lose fields that a proxy or server could act on.
 */
export class BodyScanner {
  mode = NO_BODY;
  /** The body is there to the end. Never true for UNTIL_CLOSE. */
  done = true;
  /** Why `take` returned -1: one constant sentence, lower case. */
  fault = '';
  /** What to send instead of the bytes that `take` counted to the body; undefined: those; empty: nothing yet. */
  replacement: Buffer | undefined = undefined;
  /** Bytes of content so far, without framing. */
  received = 0;
  /** Hears content as it comes, `bytes[start, end)` without framing, before `take` returns. `begin` takes it off. */
  onContent: ((bytes: Buffer, start: number, end: number) => void) | undefined = undefined;
  /** With `unwrap`, when it is done: the trailer section that comes out apart, its empty line included; else empty. */
  trailers: Buffer = NOTHING;
  #unwrap = false;
  /** Bytes that are missing from the body, or from the chunk. */
  #left = 0;
  #state = SIZE_LINE;
  readonly #line = new ChunkLine();
  readonly #trailers = new Trailers();

  /** `length` matters to BY_LENGTH only. `unwrap`: chunked content comes out without chunks, trailers in `trailers`. */
  begin(mode: number, length: number, unwrap = false): void {
    this.mode = mode;
    this.done = mode === NO_BODY || (mode === BY_LENGTH && length === 0);
    this.fault = '';
    this.replacement = undefined;
    this.received = 0;
    this.onContent = undefined;
    this.trailers = NOTHING;
    this.#unwrap = unwrap;
    this.#left = mode === BY_LENGTH ? length : 0;
    this.#state = SIZE_LINE;
    this.#line.begin();
    this.#trailers.begin();
  }

  /**
   * Takes the next piece, `bytes[start, end)`. Returns the offset behind its last byte that belongs to the body, or -1
   * when the body is faulty; then `fault` says why, and nothing more can be taken. `replacement` is set anew by every
   * call; it may lie in `bytes`.
   */
  take(bytes: Buffer, start: number, end: number): number {
    this.replacement = undefined;
    if (this.fault !== '') return -1;
    if (this.done) return start;
    if (this.mode === CHUNKED) return this.#takeChunked(bytes, start, end);
    const size = this.mode === BY_LENGTH ? Math.min(end - start, this.#left) : end - start;
    this.received += size;
    if (size > 0) this.onContent?.(bytes, start, start + size);
    if (this.mode === BY_LENGTH) {
      this.#left -= size;
      this.done = this.#left === 0;
    }
    return start + size;
  }

  #takeChunked(bytes: Buffer, start: number, end: number): number {
    editor.begin(bytes, start);
    let at = start;
    while (at >= 0 && at < end && !this.done) at = this.#takeNext(bytes, at, end);
    const instead = editor.finish(start, at);
    if (at >= 0) this.replacement = instead;
    return at;
  }

  #takeNext(bytes: Buffer, at: number, end: number): number {
    switch (this.#state) {
      case SIZE_LINE:
        return this.#takeSizeLine(bytes, at, end);
      case DATA:
        return this.#takeData(bytes, at, end);
      case TRAILER_SECTION:
        return this.#takeTrailers(bytes, at, end);
      default:
        return this.#takeDataEnd(bytes, at);
    }
  }

  #takeSizeLine(bytes: Buffer, start: number, end: number): number {
    const line = this.#line;
    const isWhole = line.isFresh;
    const next = line.take(bytes, start, end);
    if (next < 0) return this.#refuse(line.fault);
    if (next === 0) return end;
    if (!this.#unwrap) {
      if (isWhole && line.isCanonical) editor.keep(start, next);
      else editor.put(Buffer.from(`${line.size.toString(16)}\r\n`, 'latin1'));
    }
    this.#left = line.size;
    this.#state = line.size === 0 ? TRAILER_SECTION : DATA;
    line.begin();
    return next;
  }

  #takeData(bytes: Buffer, start: number, end: number): number {
    const next = start + Math.min(end - start, this.#left);
    editor.keep(start, next);
    this.onContent?.(bytes, start, next);
    this.received += next - start;
    this.#left -= next - start;
    if (this.#left === 0) this.#state = DATA_CR;
    return next;
  }

  #takeDataEnd(bytes: Buffer, at: number): number {
    const isFirst = this.#state === DATA_CR;
    if (bytes[at] !== (isFirst ? CR : LF)) return this.#refuse('a chunk does not end where its size says');
    if (!this.#unwrap) editor.keep(at, at + 1);
    this.#state = isFirst ? DATA_LF : SIZE_LINE;
    return at + 1;
  }

  #takeTrailers(bytes: Buffer, start: number, end: number): number {
    const trailers = this.#trailers;
    if (trailers.isFresh && end - start >= 2 && bytes[start] === CR && bytes[start + 1] === LF) {
      if (!this.#unwrap) editor.keep(start, start + 2);
      this.done = true;
      return start + 2;
    }
    const next = trailers.take(bytes, start, end);
    if (next < 0) return this.#refuse(trailers.fault);
    if (next === 0) return end;
    if (this.#unwrap) this.trailers = trailers.filtered;
    else editor.put(trailers.filtered);
    trailers.begin();
    this.done = true;
    return next;
  }

  #refuse(why: string): number {
    this.fault = why;
    return -1;
  }
}
