import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BodyScanner, CHUNKED } from '../../src/http1/body.ts';
import { cut, take, takeInEveryWay } from './body-support.ts';
import { bytesOf } from './support.ts';

describe('a chunked body (RFC 9112, 7.1)', () => {
  it.each([
    ['0\r\n\r\n', 0],
    ['5\r\nhello\r\n0\r\n\r\n', 5],
    ['5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n', 6],
    ['a\r\n0123456789\r\n0\r\n\r\n', 10],
    ['1f\r\n0123456789012345678901234567890\r\n0\r\n\r\n', 31],
    ['4\r\n\r\n\r\n\r\n0\r\n\r\n', 4],
    ['5\r\n0\r\n\r\n\r\n0\r\n\r\n', 5],
  ])('goes on as it came: %j', (text, received) => {
    expect(takeInEveryWay(`${text}NEXT`)).toEqual({
      sent: text,
      rest: 'NEXT',
      isDone: true,
      fault: '',
      received,
    });
  });

  it('is not copied while it is canonical and whole', () => {
    const body = new BodyScanner();
    body.begin(CHUNKED, 0);
    const bytes = bytesOf('5\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n');
    expect(body.take(bytes, 0, 18)).toBe(18);
    expect(body.replacement).toBeUndefined();
    expect(body.take(bytes, 18, bytes.length)).toBe(bytes.length);
    expect(body.replacement).toBeUndefined();
    expect(body.done).toBe(true);
  });

  it('keeps a size in capitals as long as it comes in one piece', () => {
    expect(take(['A\r\n0123456789\r\n0\r\n\r\n']).sent).toBe('A\r\n0123456789\r\n0\r\n\r\n');
    expect(take(['A', '\r\n0123456789\r\n0\r\n\r\n']).sent).toBe('a\r\n0123456789\r\n0\r\n\r\n');
  });

  it('holds a size back until its line is whole', () => {
    const body = new BodyScanner();
    body.begin(CHUNKED, 0);
    const first = bytesOf('5\r\nhello\r\n1');
    expect(body.take(first, 0, first.length)).toBe(first.length);
    expect(String(body.replacement)).toBe('5\r\nhello\r\n');
    expect(body.replacement?.buffer, 'a view, no copy').toBe(first.buffer);
    body.take(bytesOf('0'), 0, 1);
    expect(body.replacement?.length).toBe(0);
    body.take(bytesOf('\r\nab'), 0, 4);
    expect(String(body.replacement)).toBe('10\r\nab');
  });

  it.each([
    ['05\r\nhello\r\n0\r\n\r\n', '5\r\nhello\r\n0\r\n\r\n'],
    ['0000000000000000000000005\r\nhello\r\n000\r\n\r\n', '5\r\nhello\r\n0\r\n\r\n'],
    ['5;a\r\nhello\r\n0;b=c\r\n\r\n', '5\r\nhello\r\n0\r\n\r\n'],
    ['5;a=b;c="d;\\""\r\nhello\r\n0\r\n\r\n', '5\r\nhello\r\n0\r\n\r\n'],
    [
      '5;a="\t\xe9 "\r\nhello\r\n1\r\n!\r\n01\r\n?\r\n0\r\n\r\n',
      '5\r\nhello\r\n1\r\n!\r\n1\r\n?\r\n0\r\n\r\n',
    ],
  ])('is framed anew where it is not canonical: %j', (text, sent) => {
    expect(takeInEveryWay(`${text}NEXT`)).toMatchObject({ sent, rest: 'NEXT', isDone: true, fault: '' });
  });

  it.each([
    'x\r\n',
    '\r\n',
    '-5\r\n',
    '+5\r\n',
    ' 5\r\n',
    '5 \r\n',
    '5\t\r\n',
    '0x5\r\n',
    '5x\r\n',
    'g\r\n',
    '\xb25\r\n',
    '5\0\r\n',
    '\x005\r\n',
    '5.\r\n',
    '5\n',
    '5\nhello\n',
    '5\r',
    '5\rhello\r',
    '5\r\r\n',
    '5\n\r\n',
    '\n5\r\n',
    '5\x0b\r\n',
    '5;\r\n',
    '5;;\r\n',
    '5;a;\r\n',
    '5;=b\r\n',
    '5;a=\r\n',
    '5; a\r\n',
    '5 ;a\r\n',
    '5;a =b\r\n',
    '5;a= b\r\n',
    '5;a=b c\r\n',
    '5;"a"\r\n',
    '5;a="b\r\n',
    '5;a="b"c\r\n',
    '5;a="b\n"\r\n',
    '5;a="b\r\n"\r\n',
    '5;a="\\\r\n',
    '5;a="\0"\r\n',
    '5;a\n',
    '5;a\r',
    '5;a\rhello\r\n',
    '5;\nhello\r\n',
    '5;a\n\r\n',
    '5;a=b\nhello\r\n0\r\n\r\n',
    '5,5\r\n',
    '5=\r\n',
    '20000000000000\r\n',
    '8000000000000000\r\n',
    'FFFFFFFFFFFFFFFF\r\n',
    'ffffffffffffffff0\r\n',
    '10000000000000005\r\n',
  ])('refuses the size line %j', (text) => {
    const { fault, isDone } = takeInEveryWay(`${text}hello\r\n0\r\n\r\n`);
    expect([fault, isDone]).toEqual(['a chunk size line is malformed', false]);
  });

  it.each([
    '5\r\nhello0\r\n\r\n',
    '5\r\nhello!\r\n',
    '5\r\nhello\n0\r\n\r\n',
    '5\r\nhello\r0\r\n\r\n',
    '5\r\nhello\r\r\n',
    '4\r\nhello\r\n',
    '5\r\nhell\r\n0\r\n\r\n',
  ])('refuses data that does not end where its size says: %j', (text) =>
    expect(takeInEveryWay(text)).toMatchObject({
      fault: 'a chunk does not end where its size says',
      isDone: false,
    }),
  );

  it('takes sizes to 2^53 - 1', () => {
    expect(take(['1fffffffffffff\r\nab'])).toMatchObject({
      fault: '',
      received: 2,
      sent: '1fffffffffffff\r\nab',
    });
    expect(take(['20000000000000\r\nab']).fault).toBe('a chunk size line is malformed');
  });

  it('takes size lines to 4 KiB', () => {
    const line = (length: number): string => `0;${'a'.repeat(length - 4)}\r\n`;
    expect(take([`${line(4096)}\r\n`])).toMatchObject({ sent: '0\r\n\r\n', isDone: true });
    expect(take([`${line(4097)}\r\n`]).fault).toBe('a chunk size line is too long');
    expect(take([...`${line(4097)}\r\n`]).fault).toBe('a chunk size line is too long');
    expect(take(['0'.repeat(5000)]).fault).toBe('a chunk size line is too long');
  });

  it('is not done before its last byte', () => {
    const text = '5\r\nhello\r\n0\r\n\r\n';
    for (let length = 0; length < text.length; length++)
      expect(take([text.slice(0, length)])).toMatchObject({ isDone: false, fault: '' });
  });

  it('takes nothing more once it is faulty, until it begins again', () => {
    const body = new BodyScanner();
    body.begin(CHUNKED, 0);
    expect(body.take(bytesOf('x'), 0, 1)).toBe(-1);
    expect(body.take(bytesOf('0\r\n\r\n'), 0, 5)).toBe(-1);
    expect([body.done, body.replacement]).toEqual([false, undefined]);
    body.begin(CHUNKED, 0);
    expect(body.take(bytesOf('0\r\n\r\n'), 0, 5)).toBe(5);
    expect([body.done, body.fault]).toEqual([true, '']);
  });

  it('begins afresh in the middle of everything', () => {
    const body = new BodyScanner();
    for (const text of ['5', '5;a="', '5\r\nhel', '5\r\nhello\r', '0\r\n', '0\r\nA: b\r\n']) {
      body.begin(CHUNKED, 0);
      body.take(bytesOf(text), 0, text.length);
      body.begin(CHUNKED, 0);
      expect(body.take(bytesOf('1\r\nx\r\n0\r\n\r\n'), 0, 11)).toBe(11);
      expect([body.done, body.replacement, body.received]).toEqual([true, undefined, 1]);
    }
  });
});

describe('an unwrapped chunked body', () => {
  it.each([
    ['0\r\n\r\n', ''],
    ['5\r\nhello\r\n0\r\n\r\n', 'hello'],
    ['5;a=b\r\nhello\r\n01\r\n!\r\n0\r\nA: b\r\n\r\n', 'hello!'],
    ['4\r\n\r\n\r\n\r\n0\r\n\r\n', '\r\n\r\n'],
  ])('is content alone: %j', (text, content) => {
    const { sent, rest, isDone, received } = takeInEveryWay(`${text}NEXT`, { unwrap: true });
    expect([sent, rest, isDone, received]).toEqual([content, 'NEXT', true, content.length]);
  });

  it('is not copied inside a chunk, nor where one chunk is all there is', () => {
    const body = new BodyScanner();
    body.begin(CHUNKED, 0, true);
    const bytes = bytesOf('a\r\n0123456789\r\n');
    body.take(bytes, 0, 5);
    expect(body.replacement?.buffer).toBe(bytes.buffer);
    body.take(bytes, 5, 10);
    expect(body.replacement).toBeUndefined();
  });

  it('comes out whatever the chunks and pieces are', () => {
    const chunks = fc.array(fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 40 }), {
      maxLength: 8,
    });
    const cuts = fc.array(fc.nat(400), { maxLength: 8 });
    fc.assert(
      fc.property(chunks, cuts, fc.boolean(), (contents, at, isPlain) => {
        const lines = contents.map((one) => `${isPlain ? '' : '0'}${one.length.toString(16)}\r\n${one}\r\n`);
        const text = `${lines.join('')}0\r\n\r\n`;
        const canonical = contents.map((one) => `${one.length.toString(16)}\r\n${one}\r\n`).join('');
        const pieces = cut(text, ...at.map((one) => Math.min(one, text.length)).sort((a, b) => a - b));
        expect(take(pieces, { unwrap: true })).toMatchObject({ sent: contents.join(''), isDone: true });
        expect(take(pieces)).toMatchObject({ sent: `${canonical}0\r\n\r\n`, isDone: true });
      }),
      { seed: 5, numRuns: 2_000 },
    );
  });
});
