import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Page, PageReader } from '../../../agent/scrape/page-reader.ts';

/** Reads an answer that comes in pieces of so many bytes. */
const read = (answer: string, size = answer.length, closes = true): Page | undefined => {
  const reader = new PageReader();
  const bytes = Buffer.from(answer);
  for (let at = 0; at < bytes.length; at += size) {
    const page = reader.take(bytes.subarray(at, at + size));
    if (page) return page;
  }
  return closes ? reader.end() : undefined;
};

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n';
const CHUNKED = `${HEAD}Transfer-Encoding: chunked\r\n\r\n3\r\nab\n\r\n10;x=y\r\n0123456789abcdef\r\n0\r\nTrailer: x\r\n\r\n`;

describe('an answer', () => {
  it.each([
    ['with a length', `${HEAD}Content-Length: 7\r\n\r\nqueue 5`, 'queue 5', true],
    ['without a byte', `${HEAD}Content-Length: 0\r\n\r\n`, '', true],
    ['in chunks', CHUNKED, 'ab\n0123456789abcdef', true],
    ['that ends with the connection', `${HEAD}\r\nqueue 5`, 'queue 5', false],
    ['that closes', `${HEAD}Connection: close\r\nContent-Length: 1\r\n\r\nx`, 'x', false],
    ['of HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx', 'x', false],
  ])('%s is read in one piece as in many', (_, answer, text, reusable) => {
    for (const size of [answer.length, 1, 2, 3, 7])
      expect(read(answer, size)).toEqual({ status: 200, text, reusable });
  });

  it('that is longer than it says spoils its connection', () => {
    expect(read(`${HEAD}Content-Length: 1\r\n\r\nxyz`)?.reusable).toBe(false);
  });

  it('keeps letters whole that are cut by the pieces', () => {
    expect(read(`${HEAD}Content-Length: 4\r\n\r\näö`, 1)?.text).toBe('äö');
  });

  it('shows its status, whatever its body', () => {
    expect(read('HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno')?.status).toBe(404);
  });

  it.each([
    ['that ends early', `${HEAD}Content-Length: 9\r\n\r\nx`, 'ended before'],
    ['that ends within a chunk', CHUNKED.slice(0, -20), 'ended before'],
    ['that never begins', '', 'ended before'],
    ['of another protocol', 'SSH-2.0-OpenSSH_9.2\r\n\r\n', 'not an answer'],
    ['that goes on', 'HTTP/1.1 100 Continue\r\n\r\n', 'not an answer'],
    ['with a head without end', 'x'.repeat(20_000), 'head without end'],
    ['that is too large', `${HEAD}Content-Length: 1048577\r\n\r\n`, 'more than 1048576'],
    ['that turns out too large', `${HEAD}\r\n${'x'.repeat(1_048_577)}`, 'more than 1048576'],
    ['with a chunk of no size', `${HEAD}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`, 'no size'],
    ['with a negative chunk', `${HEAD}Transfer-Encoding: chunked\r\n\r\n-1\r\n`, 'no size'],
    ['with a long chunk', `${HEAD}Transfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n`, 'longer than it says'],
    [
      'with an endless line',
      `${HEAD}Transfer-Encoding: chunked\r\n\r\n${'0'.repeat(5000)}`,
      'line without end',
    ],
  ])('%s is refused', (_, answer, fault) => {
    for (const size of [answer.length || 1, 1000]) expect(() => read(answer, size)).toThrow(fault);
  });

  it('never hangs on, or takes more than its limit of, what comes', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), fc.nat(), (pieces, size) => {
        try {
          read(CHUNKED.slice(0, size % CHUNKED.length) + pieces.join(''), 1 + (size % 9));
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Error);
        }
      }),
    );
  });
});
