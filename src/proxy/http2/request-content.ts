import { fieldFault, type RawFields } from './field-rules.ts';
import { UNANNOUNCED } from './translate-request.ts';

const NOTHING = Buffer.alloc(0);
const CR = 13;
const LF = 10;

/** Content of a request as it comes in DATA frames, framed for a reader of HTTP/1.1. */
export class RequestContent {
  /** Bytes so far. */
  received = 0;
  readonly #length: number;
  #trailers = '';

  /** @param length bytes that have to come, or UNANNOUNCED. */
  constructor(length: number) {
    this.#length = length;
  }

  /** Takes content, and gives the bytes that are to be read next. Undefined: it is more than was announced. */
  take(content: Buffer): Buffer | undefined {
    this.received += content.length;
    if (this.#length !== UNANNOUNCED) return this.received <= this.#length ? content : undefined;
    return content.length === 0 ? NOTHING : asChunk(content);
  }

  /** Takes the trailers (RFC 9113, 8.1). False: they are malformed. Only chunked content has a place for them. */
  takeTrailers(fields: RawFields): boolean {
    for (let i = 0; i < fields.length; i += 2) {
      const name = fields[i] ?? '';
      const value = fields[i + 1] ?? '';
      if (fieldFault(name, value) !== '') return false;
      this.#trailers += `${name}: ${value}\r\n`;
    }
    return true;
  }

  /** There is no more. Gives the bytes that are to be read last. Undefined: it is less than was announced. */
  end(): Buffer | undefined {
    if (this.#length !== UNANNOUNCED) return this.received === this.#length ? NOTHING : undefined;
    return Buffer.from(`0\r\n${this.#trailers}\r\n`, 'latin1');
  }
}

const asChunk = (content: Buffer): Buffer => {
  const size = `${content.length.toString(16)}\r\n`;
  const chunk = Buffer.allocUnsafe(size.length + content.length + 2);
  chunk.write(size, 0, 'latin1');
  content.copy(chunk, size.length);
  chunk[chunk.length - 2] = CR;
  chunk[chunk.length - 1] = LF;
  return chunk;
};
