import { describe, expect, it } from 'vitest';
import { RequestContent } from '../../../src/proxy/http2/request-content.ts';
import { UNANNOUNCED } from '../../../src/proxy/http2/translate-request.ts';

const framed = (content: RequestContent, pieces: readonly string[]): readonly (string | undefined)[] =>
  [...pieces.map((piece) => content.take(Buffer.from(piece))), content.end()].map((bytes) =>
    bytes?.toString('latin1'),
  );

describe('content of a request of HTTP/2', () => {
  it.each<[string, number, readonly string[], readonly (string | undefined)[]]>([
    ['passes as it is, when its length was announced', 5, ['hel', 'lo'], ['hel', 'lo', '']],
    ['may come in empty pieces', 2, ['', 'ok', ''], ['', 'ok', '', '']],
    [
      'becomes chunks otherwise',
      UNANNOUNCED,
      ['hello', 'x'.repeat(17)],
      ['5\r\nhello\r\n', `11\r\n${'x'.repeat(17)}\r\n`, '0\r\n\r\n'],
    ],
    ['never ends by an empty piece', UNANNOUNCED, ['', 'x'], ['', '1\r\nx\r\n', '0\r\n\r\n']],
    ['is refused where there is too much', 3, ['abc', 'd'], ['abc', undefined, undefined]],
    ['is refused where there is any and none was announced', 0, ['d'], [undefined, undefined]],
    ['is refused where there is too little', 3, ['ab'], ['ab', undefined]],
  ])('%s', (_what, length, pieces, expected) => {
    expect(framed(new RequestContent(length), pieces)).toEqual(expected);
  });

  it('has its trailers behind the last chunk', () => {
    const content = new RequestContent(UNANNOUNCED);
    expect(content.takeTrailers(['x-sum', '1', 'x-more', ''])).toBe(true);
    expect(framed(content, [])).toEqual(['0\r\nx-sum: 1\r\nx-more: \r\n\r\n']);
  });

  it('loses trailers where there are no chunks', () => {
    const content = new RequestContent(1);
    expect(content.takeTrailers(['x-sum', '1'])).toBe(true);
    expect(framed(content, ['x'])).toEqual(['x', '']);
  });

  it.each([
    ['a pseudo-field', [':path', '/']],
    ['a line break', ['x', 'a\r\nb: c']],
    ['an upper-case name', ['X', 'a']],
    ['Transfer-Encoding', ['transfer-encoding', 'chunked']],
    ['Connection', ['connection', 'close']],
  ])('refuses trailers with %s', (_what, fields) => {
    expect(new RequestContent(UNANNOUNCED).takeTrailers(fields)).toBe(false);
  });
});
