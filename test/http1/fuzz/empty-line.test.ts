import fc from 'fast-check';
import { expect, it } from 'vitest';
import { RequestHead, scanRequestHead } from '../../../src/http1/request-head.ts';
import { LIMITS } from './forward.ts';
import { messages } from './messages.ts';
import { fuzzOptions, fuzzTimeout } from './options.ts';

/** What a scan found, offsets counted from where the head is to begin. */
const found = (bytes: Buffer, from: number): Readonly<Record<string, unknown>> => {
  const head = new RequestHead();
  const result = scanRequestHead(head, bytes, 0, bytes.length, LIMITS);
  if (result <= 0) return { result, fault: head.fault };
  const { methodEnd, targetStart, targetEnd, pathStart, pathEnd, queryStart, fieldsStart, minor } = head;
  const offsets = [result, head.start, methodEnd, targetStart, targetEnd, pathStart, pathEnd, fieldsStart];
  return { offsets: offsets.map((at) => at - from), queryStart: Math.max(-1, queryStart - from), minor };
};

// A request line that most clients send is read in one pass, one behind an empty line with more care (RFC 9112, 2.2).
it(
  'an empty line before a request changes nothing of how it is read',
  () => {
    const check = (text: string): void => {
      fc.pre(!text.startsWith('\r'));
      const alone = found(Buffer.from(text, 'latin1'), 0);
      expect(found(Buffer.from(`\r\n${text}`, 'latin1'), 2)).toEqual(alone);
    };
    fc.assert(fc.property(messages('request'), check), fuzzOptions(1 / 2));
  },
  fuzzTimeout,
);
