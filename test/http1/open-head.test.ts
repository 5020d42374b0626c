import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyResponseHead } from '../../src/http1/copy-head.ts';
import * as kind from '../../src/http1/field-kind.ts';
import { openResponseHead } from '../../src/http1/open-head.ts';
import { ResponseHead, scanResponseHead } from '../../src/http1/response-head.ts';
import { bytesOf, LIMITS } from './support.ts';

const BODY = 'BODY';
const BEFORE = 100;

const DROP = new Uint8Array(kind.KINDS);
for (const one of [kind.CONNECTION, kind.VIA, kind.NOMINATED]) DROP[one] = 1;

interface Opened {
  readonly start: number;
  /** What stands from the new start on, the room written as `~`. */
  readonly text: string;
  /** What stands before it. */
  readonly before: string;
  /** What `copyResponseHead` makes of the same head, and an empty line. */
  readonly copy: string;
}

const open = (text: string, room: number, floor = 0): Opened => {
  const bytes = bytesOf('.'.repeat(BEFORE) + text + BODY);
  const head = new ResponseHead();
  expect(scanResponseHead(head, bytes, BEFORE, bytes.length, LIMITS), head.fault).toBe(BEFORE + text.length);
  const out = Buffer.alloc(text.length + 64);
  const copy = `${out.toString('latin1', 0, copyResponseHead(head, bytes, out, 0, DROP))}\r\n`;
  const lineLength = head.fieldsStart - head.start;
  const start = openResponseHead(head, bytes, DROP, room, floor);
  if (start >= 0) bytes.fill('~', start + lineLength, start + lineLength + room);
  const seen = Math.max(start, BEFORE - room, 0);
  return {
    start,
    copy,
    text: bytes.toString('latin1', start < 0 ? BEFORE : start),
    before: bytes.toString('latin1', 0, seen),
  };
};

const withRoom = (copy: string, room: number): string =>
  copy.replace('\r\n', `\r\n${'~'.repeat(room)}`) + BODY;

describe('openResponseHead', () => {
  it.each([0, 1, 5, 40, BEFORE])(
    'leaves %d bytes behind the status line, and the head ends where the body begins',
    (room) => {
      const text =
        'HTTP/1.1 200 OK\r\nVia: 1\r\nA: b\r\nConnection: x\r\nX: y\r\nC: d\r\nContent-Length: 4\r\nVia: 2\r\n\r\n';
      const opened = open(text, room);
      expect(opened.text).toBe(
        withRoom('HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\nContent-Length: 4\r\n\r\n', room),
      );
      expect(opened.text).toBe(withRoom(opened.copy, room));
    },
  );

  it('writes nothing before its new start', () => {
    const { start, before } = open('HTTP/1.1 200 OK\r\nA: b\r\n\r\n', 30);
    expect(start).toBe(BEFORE - 30);
    expect(before).toBe('.'.repeat(start));
  });

  it('makes HTTP/1.1 of HTTP/1.0', () => {
    expect(open('HTTP/1.0 404 Not Found\r\n\r\n', 3).text).toBe(`HTTP/1.1 404 Not Found\r\n~~~\r\n${BODY}`);
  });

  it.each([
    ['has no space behind the status', 'HTTP/1.1 200\r\nA: b\r\n\r\n', 10, 0],
    ['has a length with a leading zero', 'HTTP/1.1 200 OK\r\nContent-Length: 04\r\n\r\n', 10, 0],
    ['has a length without a space before it', 'HTTP/1.1 200 OK\r\nContent-Length:4\r\n\r\n', 10, 0],
    ['has a length with blanks behind it', 'HTTP/1.1 200 OK\r\nContent-Length: 4 \r\n\r\n', 10, 0],
    ['has too little room before it', 'HTTP/1.1 200 OK\r\nA: b\r\n\r\n', 11, BEFORE - 10],
  ])('changes nothing where the head %s', (_, text, room, floor) => {
    const { start, text: after } = open(text, room, floor);
    expect([start, after]).toEqual([-1, text + BODY]);
  });

  it('makes the same head as copyResponseHead', () => {
    const line = fc.constantFrom(
      'Via: 1',
      'Via:',
      'A: b',
      `Long: ${'x'.repeat(200)}`,
      'X-A: 1',
      'Connection: x-a',
      'Content-Type: t',
    );
    const status = fc.constantFrom(
      'HTTP/1.1 200 OK',
      'HTTP/1.0 200 ',
      'HTTP/1.1 500 A longer reason than others',
    );
    fc.assert(
      fc.property(status, fc.array(line, { maxLength: 12 }), fc.nat(BEFORE), (first, lines, room) => {
        const { text, copy } = open(`${[first, ...lines].join('\r\n')}\r\n\r\n`, room);
        expect(text).toBe(withRoom(copy, room));
      }),
      { seed: 11, numRuns: 2_000 },
    );
  });
});
