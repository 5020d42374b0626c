import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestBody, responseBody } from '../../../src/http1/body.ts';
import { PARTIAL, RequestHead, scanRequestHead } from '../../../src/http1/request-head.ts';
import { ResponseHead, scanResponseHead } from '../../../src/http1/response-head.ts';
import { bodyInPieces, LIMITS } from './forward.ts';
import { messages } from './messages.ts';
import { fuzzOptions, fuzzTimeout } from './options.ts';

/** Each a share of what is cut. */
const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 });

/** A head that ends, or is refused, does so wherever the bytes are cut; before that it is partial. */
const checkHead = (scan: (to: number) => { result: number; fault: string }, bytes: Buffer): void => {
  const whole = scan(bytes.length);
  let isDecided = false;
  for (let to = 0; to <= bytes.length; to++) {
    const cut = scan(to);
    if (cut.result === PARTIAL && !isDecided) continue;
    isDecided = true;
    expect(cut, `of ${to} bytes`).toEqual(whole);
  }
};

const checkBody = (
  bytes: Buffer,
  head: RequestHead | ResponseHead,
  mode: number,
  cutAt: readonly number[],
): void => {
  const rest = bytes.length - head.end;
  const cuts = cutAt.map((share) => head.end + Math.round(share * rest)).sort((a, b) => a - b);
  const whole = bodyInPieces(bytes, head.end, [], mode, head.contentLength);
  const pieces = bodyInPieces(bytes, head.end, cuts, mode, head.contentLength);
  expect(pieces.fault).toBe(whole.fault);
  expect(pieces.isComplete).toBe(whole.isComplete);
  if (whole.fault !== '') return;
  expect(pieces.used).toBe(whole.used);
  expect(pieces.content).toEqual(whole.content);
  // A size that was cut is written anew, in lower case.
  expect(pieces.sent.toString('latin1').toLowerCase()).toBe(whole.sent.toString('latin1').toLowerCase());
};

describe('bytes in pieces', () => {
  it(
    'give the same request as in one',
    () => {
      const head = new RequestHead();
      const check = (text: string, cutAt: readonly number[]): void => {
        const bytes = Buffer.from(text, 'latin1');
        checkHead(
          (to) => ({ result: scanRequestHead(head, bytes, 0, to, LIMITS), fault: head.fault }),
          bytes,
        );
        if (scanRequestHead(head, bytes, 0, bytes.length, LIMITS) > 0)
          checkBody(bytes, head, requestBody(head), cutAt);
      };
      fc.assert(fc.property(messages('request'), shares, check), fuzzOptions(1 / 4));
    },
    fuzzTimeout,
  );

  it(
    'give the same response as in one',
    () => {
      const head = new ResponseHead();
      const check = (text: string, cutAt: readonly number[]): void => {
        const bytes = Buffer.from(text, 'latin1');
        checkHead(
          (to) => ({ result: scanResponseHead(head, bytes, 0, to, LIMITS), fault: head.fault }),
          bytes,
        );
        if (scanResponseHead(head, bytes, 0, bytes.length, LIMITS) <= 0) return;
        checkBody(bytes, head, responseBody(head, false), cutAt);
      };
      fc.assert(fc.property(messages('response'), shares, check), fuzzOptions(1 / 4));
    },
    fuzzTimeout,
  );
});
