import { describe, expect, it } from 'vitest';
import { type AnswerSink, AnswerTranslator } from '../../../src/proxy/http2/answer-translator.ts';

/** Writes down what it is told. */
const aSink = (): { readonly sink: AnswerSink; readonly told: unknown[] } => {
  const told: unknown[] = [];
  let content = '';
  const sink: AnswerSink = {
    inform: (fields) => void told.push({ ...fields }),
    begin: (fields, isEmpty, mayTrail) =>
      void told.push({ ...fields }, ...(isEmpty ? ['empty'] : []), ...(mayTrail ? ['may trail'] : [])),
    content: (bytes) => {
      content += bytes.toString('latin1');
    },
    finish: (trailers) => void told.push(`whole: ${content}`, ...(trailers ? [{ ...trailers }] : [])),
  };
  return { sink, told };
};

const readIn = (pieces: readonly string[], isHead = false) => {
  const { sink, told } = aSink();
  const reader = new AnswerTranslator(isHead);
  for (const piece of pieces) reader.take(Buffer.from(piece, 'latin1'), sink);
  return { reader, sink, told };
};

const CHUNKS = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n';

describe('an answer in HTTP/1.1 as one of HTTP/2', () => {
  it.each<[string, string, readonly unknown[]]>([
    [
      'with a length',
      'HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc',
      [{ ':status': 200, 'content-type': 'text/plain', 'content-length': '3' }, 'whole: abc'],
    ],
    [
      'without content',
      'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
      [{ ':status': 200, 'content-length': '0' }, 'empty'],
    ],
    ['in chunks', `${CHUNKS}0\r\n\r\n`, [{ ':status': 200 }, 'whole: abc']],
    [
      'in chunks, all of them empty',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      [{ ':status': 200 }, 'empty'],
    ],
    [
      'with trailers',
      `${CHUNKS}0\r\nX-Sum: 1\r\nX-Sum: 2\r\n\r\n`,
      [{ ':status': 200 }, 'may trail', 'whole: abc', { 'x-sum': '1, 2' }],
    ],
    [
      'with trailers that no trailer may be',
      `${CHUNKS}0\r\nContent-Length: 9\r\n\r\n`,
      [{ ':status': 200 }, 'whole: abc'],
    ],
    [
      'with nothing but trailers',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Sum: 1\r\n\r\n',
      [{ ':status': 200 }, 'may trail', 'whole: ', { 'x-sum': '1' }],
    ],
    [
      '304 with the length of something else',
      'HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n',
      [{ ':status': 304, 'content-length': '3' }, 'empty'],
    ],
    ['204', 'HTTP/1.1 204 No Content\r\n\r\n', [{ ':status': 204 }, 'empty']],
    [
      '205 with content, which it cannot have',
      'HTTP/1.1 205 Reset Content\r\nContent-Length: 3\r\n\r\nabc',
      [{ ':status': 205, 'content-length': undefined }, 'empty'],
    ],
    [
      'a status that HTTP/2 does not know',
      'HTTP/1.1 999 Whatever\r\nContent-Length: 3\r\n\r\nabc',
      [{ ':status': 502 }, 'empty'],
    ],
    [
      'interim answers first',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
      [{ ':status': 100 }, { ':status': 103, link: '</a>' }, { ':status': 204 }, 'empty'],
    ],
    [
      'fields for the connection',
      'HTTP/1.1 204 No Content\r\nConnection: close, x-a\r\nX-A: 1\r\nKeep-Alive: timeout=5\r\nProxy-Connection: close\r\nUpgrade: h2c\r\nTE: trailers\r\nHTTP2-Settings: AAAA\r\nX-B: 2\r\n\r\n',
      [{ ':status': 204, 'x-b': '2' }, 'empty'],
    ],
    [
      'fields that stand several times',
      'HTTP/1.1 204 No Content\r\nSet-Cookie: a=1\r\nVary: a\r\nSet-Cookie: b=2\r\nVary: b\r\nEtag: "1"\r\nEtag: "2"\r\nSet-Cookie: c=3\r\n\r\n',
      [{ ':status': 204, 'set-cookie': ['a=1', 'b=2', 'c=3'], vary: 'a, b', etag: '"1", "2"' }, 'empty'],
    ],
    [
      'odd names and values',
      'HTTP/1.1 204 No Content\r\n__proto__: x\r\nX-Empty:\r\nX-High: \xe9\r\n\r\n',
      [{ ':status': 204, ['__proto__']: 'x', 'x-empty': '', 'x-high': '\xe9' }, 'empty'],
    ],
  ])('comes %s', (_what, text, expected) => {
    const whole = readIn([text]);
    expect(whole.told).toEqual(expected);
    expect(whole.reader.isDone).toBe(true);
    // Only now does nobody know yet whether content and trailers follow.
    const rest = (told: readonly unknown[]) => told.filter((one) => one !== 'may trail');
    const bytewise = readIn([...text]).told;
    if (!/chunked|Length: 0/i.test(text)) expect(rest(bytewise)).toEqual(rest(expected));
    expect(bytewise[0]).toEqual(expected[0]);
  });

  it('has no content where it answers HEAD', () => {
    const { reader, told } = readIn(['HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n'], true);
    expect(told).toEqual([{ ':status': 200, 'content-length': '3' }, 'empty']);
    expect(reader.isDone).toBe(true);
  });

  it('ends with the connection where nothing else says so', () => {
    const { reader, sink, told } = readIn(['HTTP/1.1 200 OK\r\n\r\nab', 'c']);
    expect(reader.isDone).toBe(false);
    expect(reader.end(sink)).toBe(true);
    expect(told).toEqual([{ ':status': 200 }, 'whole: abc']);
    expect(reader.end(sink)).toBe(true);
    expect(told).toHaveLength(2);
  });

  it.each([
    ['before it begins', ''],
    ['in its head', 'HTTP/1.1 200 OK\r\nConte'],
    ['behind an interim answer', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
    ['within its length', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab'],
    ['between chunks', CHUNKS],
  ])('is not whole when it ends %s', (_what, text) => {
    const { reader, sink } = readIn(text === '' ? [] : [text]);
    expect(reader.end(sink)).toBe(false);
    expect(reader.isDone).toBe(false);
  });

  it.each([
    ['no answer', 'GET / HTTP/1.1\r\n\r\n'],
    ['broken chunks', `${CHUNKS}x\r\n`],
  ])('throws at %s', (_what, text) => {
    expect(() => readIn([text])).toThrow('the engine wrote no answer');
  });
});
