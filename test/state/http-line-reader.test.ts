import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineReader } from '../../src/state/http-line-reader.ts';

const read = (pieces: readonly Buffer[], limit: number): { lines: string[]; fits: boolean } => {
  const reader = new LineReader(limit);
  const lines: string[] = [];
  const fits = pieces.every((piece) => reader.take(piece, (line) => void lines.push(line)));
  return { lines, fits };
};

describe('LineReader', () => {
  it('finds the same lines wherever the bytes are cut', () => {
    const line = fc.string({ unit: 'binary', maxLength: 40 }).map((text) => text.replaceAll('\n', ' '));
    const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), cuts, (lines, at) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
        const places = at.map((part) => Math.floor(part * bytes.length)).sort((a, b) => a - b);
        const pieces = [0, ...places].map((from, i) => bytes.subarray(from, places[i] ?? bytes.length));
        const whole = lines.map((text) => Buffer.from(text).toString());
        expect(read(pieces, 1000)).toEqual({ lines: whole, fits: true });
      }),
    );
  });

  it('reads one byte at a time', () => {
    const bytes = Buffer.from('grün\n\nblau\nrest');
    expect(
      read(
        [...bytes].map((byte) => Buffer.of(byte)),
        5,
      ).lines,
    ).toEqual(['grün', '', 'blau']);
  });

  it.each([
    ['in one piece', ['123456\n']],
    ['before its end has come', ['123456']],
    ['in two pieces', ['123', '456\n']],
    ['a byte at a time', [...'123456']],
    ['after a good one', ['12345\n123456\n']],
  ])('says that a line is too long: %s', (_, texts) => {
    const { lines, fits } = read(
      texts.map((text) => Buffer.from(text)),
      5,
    );
    expect(fits).toBe(false);
    expect(lines).toEqual(texts.join('').startsWith('12345\n') ? ['12345'] : []);
  });

  it('takes a line that is as long as may be', () => {
    expect(read([Buffer.from('12345\n123'), Buffer.from('45\n')], 5)).toEqual({
      lines: ['12345', '12345'],
      fits: true,
    });
  });
});
