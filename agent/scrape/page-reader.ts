import { Chunks } from './chunks.ts';
import { MAX_PAGE_BYTES } from './place.ts';

/** What a server answered. */
export interface Page {
  readonly status: number;
  readonly text: string;
  /** The connection may be used again. */
  readonly reusable: boolean;
}

const MAX_HEAD_BYTES = 16_384;
const HEAD_END = '\r\n\r\n';

/** Reads one answer from what comes over a connection. Every method throws for what is no answer, or too large a one. */
export class PageReader {
  #head = '';
  #status = 0;
  readonly #body: Buffer[] = [];
  #bytes = 0;
  #length = Number.POSITIVE_INFINITY;
  #chunks: Chunks | undefined;

  /** True if something has come. */
  get begun(): boolean {
    return this.#head !== '';
  }

  /** The page, if this was the rest of it. */
  take(bytes: Buffer): Page | undefined {
    if (this.#status > 0) return this.#takeBody(bytes);
    const before = this.#head.length;
    this.#head += bytes.toString('latin1', 0, MAX_HEAD_BYTES);
    const end = this.#head.indexOf(HEAD_END, Math.max(0, before - HEAD_END.length));
    if (end === -1 && this.#head.length >= MAX_HEAD_BYTES) throw new Error('a head without end');
    if (end === -1) return undefined;
    this.#head = this.#head.slice(0, end);
    this.#readHead();
    return this.#takeBody(bytes.subarray(end + HEAD_END.length - before));
  }

  /** The page, where the end of the connection is its end. */
  end(): Page {
    if (this.#status > 0 && !this.#chunks && this.#length === Number.POSITIVE_INFINITY)
      return this.#page(false);
    throw new Error('the connection ended before the answer did');
  }

  #readHead(): void {
    this.#status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(this.#head)?.[1] ?? 0);
    if (this.#status < 200) throw new Error('not an answer in HTTP/1');
    if (/^transfer-encoding: *chunked *$/im.test(this.#head)) this.#chunks = new Chunks();
    else this.#length = Number(/^content-length: *(\d+) *$/im.exec(this.#head)?.[1] ?? this.#length);
    if (this.#length !== Number.POSITIVE_INFINITY) this.#limit(this.#length);
  }

  #takeBody(bytes: Buffer): Page | undefined {
    if (this.#chunks) {
      const whole = this.#chunks.take(bytes, (data) => this.#keep(data));
      return whole ? this.#page(true) : undefined;
    }
    this.#keep(bytes);
    return this.#bytes >= this.#length ? this.#page(this.#bytes === this.#length) : undefined;
  }

  #keep(bytes: Buffer): void {
    this.#bytes += bytes.length;
    this.#limit(this.#bytes);
    this.#body.push(bytes);
  }

  #limit(bytes: number): void {
    if (bytes > MAX_PAGE_BYTES) throw new Error(`more than ${MAX_PAGE_BYTES} bytes`);
  }

  #page(whole: boolean): Page {
    const text = Buffer.concat(this.#body).toString('utf8');
    const reusable = whole && this.#head.startsWith('HTTP/1.1') && !/^connection: *close/im.test(this.#head);
    return { status: this.#status, text, reusable };
  }
}
