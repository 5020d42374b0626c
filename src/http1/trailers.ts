import { PLAIN, SERVER_TIMING } from './field-kind.ts';
import { PARTIAL, scanFieldLine } from './field-line.ts';
import { FieldTable } from './field-table.ts';

/** Largest trailer section in bytes, the empty line included. */
export const MAX_TRAILERS = 8192;
const MAX_TRAILER_FIELDS = 100;
const EMPTY = Buffer.alloc(0);
const LINE_END = Buffer.from('\r\n');

/** One for all sections: nothing is left in it between two calls. */
const fields = new FieldTable();

/** RFC 9110, 6.5.1: framing, routing, authentication and whatever else has a meaning to a proxy is no trailer. */
const mayPass = (kind: number): boolean => kind === PLAIN || kind === SERVER_TIMING;

const withoutForbidden = (bytes: Buffer, end: number): Buffer => {
  const lines: Buffer[] = [];
  for (let i = 0; i < fields.count; i++) {
    const lineEnd = i + 1 < fields.count ? fields.at[4 * i + 4] : end - LINE_END.length;
    if (mayPass(fields.kinds[i] as number)) lines.push(bytes.subarray(fields.at[4 * i], lineEnd));
  }
  return Buffer.concat([...lines, LINE_END]);
};

/** The trailer section of a chunked body (RFC 9112, 7.1.2), held until it is whole. */
export class Trailers {
  /** Once it is whole: the section without the fields that must not be merged into a head, the empty line included. */
  filtered: Buffer = EMPTY;
  fault = '';
  #held: Buffer = EMPTY;

  /** Nothing has come yet. */
  get isFresh(): boolean {
    return this.#held.length === 0;
  }

  begin(): void {
    this.filtered = EMPTY;
    this.fault = '';
    this.#held = EMPTY;
  }

  /** Takes a piece. Offset behind the section; 0: it goes on behind `end`; -1: it is faulty. */
  take(bytes: Buffer, start: number, end: number): number {
    const before = this.#held.length;
    const taken = bytes.subarray(start, Math.min(end, start + MAX_TRAILERS - before));
    const held = Buffer.concat([this.#held, taken]);
    this.#held = held;
    const sectionEnd = this.#scan(held);
    if (sectionEnd < PARTIAL) return -1;
    if (sectionEnd === PARTIAL)
      return held.length < MAX_TRAILERS ? PARTIAL : this.#refuse('the trailers are too large');
    this.filtered = withoutForbidden(held, sectionEnd);
    this.#held = EMPTY;
    return start + sectionEnd - before;
  }

  #scan(held: Buffer): number {
    fields.count = 0;
    let at = 0;
    for (;;) {
      const before = fields.count;
      const next = scanFieldLine(fields, held, at, held.length, MAX_TRAILER_FIELDS);
      if (next < PARTIAL) return this.#refuse(fields.fault);
      if (next === PARTIAL || fields.count === before) return next;
      at = next;
    }
  }

  #refuse(why: string): number {
    this.fault = why;
    return -1;
  }
}
