import { expect } from 'vitest';
import { BodyScanner, CHUNKED } from '../../src/http1/body.ts';
import { bytesOf } from './support.ts';

/** What became of a body. */
export interface Taken {
  readonly sent: string;
  readonly rest: string;
  readonly isDone: boolean;
  readonly fault: string;
  readonly received: number;
}

/** How a body begins; chunked unless told otherwise. */
export interface Framing {
  readonly mode?: number;
  readonly length?: number;
  readonly unwrap?: boolean;
}

/** Takes pieces one after the other, each in a buffer that is overwritten afterwards. */
export const take = (
  pieces: readonly string[],
  { mode = CHUNKED, length = 0, unwrap }: Framing = {},
): Taken => {
  const body = new BodyScanner();
  body.begin(mode, length, unwrap);
  let sent = '';
  let rest = '';
  for (const piece of pieces) {
    const bytes = bytesOf(`??${piece}??`);
    const [start, end] = [2, 2 + piece.length];
    const behind = body.take(bytes, start, end);
    if (behind < 0) break;
    expect(behind).toBeGreaterThanOrEqual(start);
    expect(behind).toBeLessThanOrEqual(end);
    sent += (body.replacement ?? bytes.subarray(start, behind)).toString('latin1');
    rest += bytes.toString('latin1', behind, end);
    bytes.fill(0x58);
  }
  return { sent, rest, isDone: body.done, fault: body.fault, received: body.received };
};

/** A text in pieces that end at these offsets, the last at its end. */
export const cut = (text: string, ...at: readonly number[]): readonly string[] =>
  [...at, text.length].map((end, i) => text.slice(i === 0 ? 0 : at[i - 1], end));

/** In one piece, cut in two everywhere, and byte by byte: always the same. */
export const takeInEveryWay = (text: string, framing: Framing = {}): Taken => {
  const whole = take([text], framing);
  const ways = [...Array.from({ length: text.length + 1 }, (_, i) => cut(text, i)), [...text]];
  for (const pieces of ways) {
    const parts = take(pieces, framing);
    if (whole.fault === '') expect(parts, JSON.stringify(pieces)).toEqual(whole);
    else expect([parts.fault, parts.isDone], JSON.stringify(pieces)).toEqual([whole.fault, whole.isDone]);
  }
  return whole;
};
