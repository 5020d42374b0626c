import { describe, expect, it } from 'vitest';
import { ENDLESS, FinalHeads } from '../../src/proxy/final-head.ts';

const LIMITS = { bytes: 16_384, count: 100, target: 8192 };
const EARLY = 'HTTP/1.1 103 Early\r\nA: b\r\n\r\n';
const LAST = 'HTTP/1.1 204 No Content\r\n\r\n';

/** What becomes of these pieces: what the last one gave, in words. */
const read = (pieces: Iterable<string>, heads = new FinalHeads()): string => {
  let found: ReturnType<FinalHeads['take']>;
  for (const piece of pieces) {
    const bytes = Buffer.from(piece, 'latin1');
    found = heads.take(bytes, 0, bytes.length, LIMITS);
  }
  if (found === undefined || typeof found === 'string') return found ?? 'more';
  return `${found.head.status}${found.isAlone ? '' : ' and more'}`;
};

describe('the head of a final answer', () => {
  it.each([
    [LAST, '204'],
    [`${EARLY}${EARLY}${LAST}`, '204'],
    ['HTTP/1.1 101 Go\r\n\r\n', '101'],
    [EARLY, 'more'],
    [LAST.slice(0, -1), 'more'],
  ])('of %j is %s, byte by byte too', (text, expected) => {
    expect([read([text]), read(text)]).toEqual([expected, expected]);
  });

  it('has something behind it, or nothing', () => {
    expect(read([`${EARLY}${LAST}x`])).toBe('204 and more');
    expect(read([EARLY, LAST.slice(0, 5), `${LAST.slice(5)}x`])).toBe('204 and more');
  });

  it('is none where there is a fault, or no end', () => {
    expect(read(['SSH-2.0-OpenSSH\r\n'])).toMatch(/./);
    expect(read(Array<string>(5000).fill(EARLY))).toBe(ENDLESS);
  });

  it('is followed by that of the next answer', () => {
    const heads = new FinalHeads();
    for (let i = 0; i < 5000; i++) expect(read([EARLY, LAST], heads)).toBe('204');
    expect(heads.hasBegun).toBe(false);
    heads.take(Buffer.from(EARLY), 0, EARLY.length, LIMITS);
    expect(heads.hasBegun).toBe(true);
    heads.reset();
    expect([heads.hasBegun, read([LAST], heads)]).toEqual([false, '204']);
  });
});
