import { METHODS } from 'node:http';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { requestBody, responseBody, UNTIL_CLOSE } from '../../../src/http1/body.ts';
import { copyRequestHead, copyResponseHead } from '../../../src/http1/copy-head.ts';
import { dropNamed } from '../../../src/http1/drop-named.ts';
import * as kind from '../../../src/http1/field-kind.ts';
import { lineCheck } from '../../../src/http1/field-lines.ts';
import { openResponseHead } from '../../../src/http1/open-head.ts';
import { isOriginForm } from '../../../src/http1/origin-form.ts';
import { RequestHead, scanRequestHead } from '../../../src/http1/request-head.ts';
import { ResponseHead, scanResponseHead } from '../../../src/http1/response-head.ts';
import { bodyInPieces, LIMITS } from './forward.ts';
import { readByLlhttp } from './llhttp.ts';
import { messages } from './messages.ts';
import { fuzzOptions, fuzzTimeout } from './options.ts';
import { spice } from './spice.ts';

const FRAMING = [kind.CONTENT_LENGTH, kind.TRANSFER_ENCODING, kind.CONNECTION, kind.HOST];
const GUARDED = new Uint8Array(kind.KINDS);
for (const one of FRAMING) GUARDED[one] = 1;
const DROP = new Uint8Array(kind.KINDS);
for (const one of [kind.CONNECTION, kind.KEEP_ALIVE, kind.NOMINATED, kind.UPGRADE]) DROP[one] = 1;
const checkLines = lineCheck(GUARDED);
const END = Buffer.from('\r\n');
const NEXT = {
  request: Buffer.from('GET /next HTTP/1.1\r\nHost: s\r\n\r\n'),
  response: Buffer.from('HTTP/1.1 299 next\r\nContent-Length: 0\r\n\r\n'),
};

const NAMES = [
  'content-length',
  'transfer-encoding',
  'host',
  'connection',
  'x-a',
  'cookie',
  'server',
  'accept',
  'x_y',
  'te',
];
/** Whatever rules may want: good, bad, and made of what clients send. */
const removes = fc.subarray(NAMES).map((names) => new Set(names));
const texts = (good: string): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof({ weight: 3, arbitrary: fc.constant(good) }, spice), { maxLength: 4 })
    .map((parts) => parts.join(''));
const targets = fc.oneof(texts('/a/b?c=d'), fc.constantFrom('/', '*', '//x', '/?', '/x?y z'));
const lines = fc.oneof(texts('X-A: b\r\n'), texts('Content-Length: 3\r\n'), texts('Host: other\r\n'));

/** What is let through of the lines; none where they are refused. */
const checked = (text: string): string => {
  try {
    return checkLines(text);
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(TypeError);
    return '';
  }
};

const isForeign = (bytes: Buffer): boolean =>
  !METHODS.includes(bytes.toString('latin1', 0, bytes.indexOf(0x20)));

it(
  'a request is one request, with its own framing and content, whatever rules make of its head',
  () => {
    fc.assert(
      fc.property(messages('request'), removes, targets, lines, (text, names, target, added) => {
        const bytes = Buffer.from(text, 'latin1');
        const head = new RequestHead();
        if (scanRequestHead(head, bytes, 0, bytes.length, LIMITS) <= 0) return;
        const mode = requestBody(head);
        const { contentLength, end } = head;
        const body = bodyInPieces(bytes, end, [], mode, contentLength);
        if (body.fault !== '' || !body.isComplete) return;
        dropNamed(head.fields, bytes, names, GUARDED);
        const out = Buffer.alloc(bytes.length + target.length + 256);
        const other = isOriginForm(target) ? Buffer.from(target, 'latin1') : undefined;
        const copied = out.subarray(0, copyRequestHead(head, bytes, out, 0, DROP, other));
        const own = Buffer.from(checked(added), 'latin1');
        const sent = Buffer.concat([copied, own, END, body.sent, NEXT.request]);
        if (isForeign(sent)) return;
        const { error, messages: read } = readByLlhttp('request', sent);
        expect(error, JSON.stringify(sent.toString('latin1'))).toBeUndefined();
        expect(read.map(({ content }) => content.toString('latin1'))).toEqual([
          body.content.toString('latin1'),
          '',
        ]);
        const line = sent.toString('latin1', 0, sent.indexOf(0x0d));
        if (other) expect(line.split(' ')[1]).toBe(target);
      }),
      fuzzOptions(1 / 4),
    );
  },
  fuzzTimeout,
);

it(
  'an answer is one answer, with its own framing and content, whatever rules make of its head',
  () => {
    fc.assert(
      fc.property(messages('response'), removes, lines, fc.boolean(), (text, names, added, inPlace) => {
        const bytes = Buffer.concat([Buffer.alloc(512), Buffer.from(text, 'latin1')]);
        const head = new ResponseHead();
        if (scanResponseHead(head, bytes, 512, bytes.length, LIMITS) <= 0 || head.status === 101) return;
        const mode = responseBody(head, false);
        const body = bodyInPieces(bytes, head.end, [], mode, head.contentLength);
        if (body.fault !== '' || !body.isComplete || mode === UNTIL_CLOSE) return;
        dropNamed(head.fields, bytes, names, GUARDED);
        const own = Buffer.from(checked(added), 'latin1');
        const sent = Buffer.concat([edited(head, bytes, own, inPlace), END, body.sent, NEXT.response]);
        const { error, messages: read } = readByLlhttp('response', sent);
        expect(error, JSON.stringify(sent.toString('latin1'))).toBeUndefined();
        expect(read.map(({ content }) => content.toString('latin1'))).toEqual([
          body.content.toString('latin1'),
          '',
        ]);
      }),
      fuzzOptions(1 / 4),
    );
  },
  fuzzTimeout,
);

/** The head without its empty line, edited where it stands if that can be done. */
const edited = (head: ResponseHead, bytes: Buffer, own: Buffer, inPlace: boolean): Buffer => {
  const drop = DROP.slice();
  if (head.status === 204) drop[kind.CONTENT_LENGTH] = 1;
  const start = inPlace ? openResponseHead(head, bytes, drop, own.length, 0) : -1;
  if (start >= 0) {
    own.copy(bytes, start + head.fieldsStart - head.start);
    return bytes.subarray(start, head.end - END.length);
  }
  const out = Buffer.alloc(bytes.length + 256);
  return Buffer.concat([out.subarray(0, copyResponseHead(head, bytes, out, 0, DROP)), own]);
};
