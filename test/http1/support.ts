import type { HeadLimits } from '../../src/http1/limits.ts';
import { RequestHead, scanRequestHead } from '../../src/http1/request-head.ts';
import { ResponseHead, scanResponseHead } from '../../src/http1/response-head.ts';

export const LIMITS: HeadLimits = { bytes: 16_384, count: 100, target: 8_192 };

/** One character a byte. */
export const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Where a head stands in the bytes of `scanned`: offsets must not be taken to begin at 0. */
const BEFORE = 'xyz';

/** A scanned head and what was scanned. */
export interface Scanned<Head> {
  readonly head: Head;
  readonly bytes: Buffer;
  /** Of the scan; above 0 counted from the begin of the text. */
  readonly result: number;
  /** The bytes between two offsets as text. */
  readonly part: (start: number, end: number) => string;
  /** Name, value and kind of each field. */
  readonly fields: readonly (readonly [name: string, value: string, kind: number])[];
}

type Scan<Head> = (head: Head, bytes: Buffer, from: number, to: number, limits: HeadLimits) => number;

const scanned = <Head extends RequestHead | ResponseHead>(
  head: Head,
  scan: Scan<Head>,
  text: string,
  limits: HeadLimits,
): Scanned<Head> => {
  const bytes = bytesOf(BEFORE + text);
  const end = scan(head, bytes, BEFORE.length, bytes.length, limits);
  const part = (start: number, to: number): string => bytes.toString('latin1', start, to);
  const fields = Array.from({ length: head.fields.count }, (_, i) => {
    const [name = 0, nameEnd = 0, value = 0, valueEnd = 0] = head.fields.at.subarray(4 * i, 4 * i + 4);
    return [part(name, nameEnd), part(value, valueEnd), head.fields.kinds[i] ?? -1] as const;
  });
  return { head, bytes, result: end > 0 ? end - BEFORE.length : end, part, fields };
};

/** Scans a request head. */
export const request = (text: string, limits = LIMITS, head = new RequestHead()): Scanned<RequestHead> =>
  scanned(head, scanRequestHead, text, limits);

/** Scans a response head. */
export const response = (text: string, limits = LIMITS, head = new ResponseHead()): Scanned<ResponseHead> =>
  scanned(head, scanResponseHead, text, limits);

/** A request with these lines behind `GET / HTTP/1.1` and Host. */
export const requestWith = (...lines: readonly string[]): string =>
  `GET / HTTP/1.1\r\nHost: a\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;

/** A response with these lines behind `HTTP/1.1 200 OK`. */
export const responseWith = (...lines: readonly string[]): string =>
  `HTTP/1.1 200 OK\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`;
