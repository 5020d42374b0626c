import { expect } from 'vitest';
import { answerWith, becomes502, type Duty, get, OK, valuesOf } from './hop.ts';

const CHUNKS = '5\r\nhello\r\n0\r\n\r\n';
const HEAD = 'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n';
const OLD = 'GET / HTTP/1.0\r\n\r\n';

/** What an intermediary owes to the content of answers. */
export const ANSWER_CONTENT_DUTIES: readonly Duty[] = [
  [
    'RFC 9110, 8.6',
    'MUST',
    'sends no Content-Length with 204',
    async (hop) => {
      const { answer } = await hop(get(), answerWith('Content-Length: 0\r\n', '', '204 N'));
      expect(valuesOf(answer, 'content-length')).toEqual([]);
    },
  ],
  [
    'RFC 9110, 8.6',
    'MUST',
    'sends no Content-Length with 1xx',
    async (hop) => {
      const { answers } = await hop(get(), `HTTP/1.1 103 E\r\nContent-Length: 0\r\n\r\n${OK}`);
      expect(valuesOf(answers[0], 'content-length')).toEqual([]);
    },
  ],
  [
    'RFC 9110, 9.3.2',
    'MUST',
    'sends no content in answer to HEAD, and keeps its fields',
    async (hop) => {
      const { answer, text } = await hop(HEAD, answerWith('Content-Length: 5\r\nETag: "x"\r\n', 'hello'));
      expect(text).toMatch(/\r\n\r\n$/);
      expect([valuesOf(answer, 'content-length'), valuesOf(answer, 'etag')]).toEqual([['5'], ['"x"']]);
    },
  ],
  [
    'RFC 9110, 15.3.5',
    'MUST',
    'sends no content with 204',
    async (hop) => {
      expect((await hop(get(), answerWith('', 'hello', '204 N'))).text).toMatch(/\r\n\r\n$/);
    },
  ],
  [
    'RFC 9110, 15.4.5',
    'MUST',
    'sends no content with 304, and keeps its fields',
    async (hop) => {
      const { answer, text } = await hop(
        get(),
        answerWith('Content-Length: 5\r\nETag: "x"\r\nVary: y\r\n', '', '304 N'),
      );
      expect(text).toMatch(/\r\n\r\n$/);
      expect([valuesOf(answer, 'etag'), valuesOf(answer, 'vary')]).toEqual([['"x"'], ['y']]);
    },
  ],
  [
    'RFC 9110, 15.3.7',
    'FEATURE',
    'passes 206 and Content-Range on',
    async (hop) => {
      const { answer, status } = await hop(
        get('Range: bytes=0-1\r\n'),
        answerWith('Content-Range: bytes 0-1/5\r\nContent-Length: 2\r\n', 'he', '206 P'),
      );
      expect([status, answer?.content, valuesOf(answer, 'content-range')]).toEqual([
        206,
        'he',
        ['bytes 0-1/5'],
      ]);
    },
  ],
  [
    'RFC 9112, 6.1',
    'MUST',
    'sends no Transfer-Encoding to HTTP/1.0',
    async (hop) => {
      const { answer } = await hop(OLD, answerWith('Transfer-Encoding: chunked\r\n', CHUNKS));
      expect([answer?.content, valuesOf(answer, 'transfer-encoding')]).toEqual(['hello', []]);
    },
  ],
  [
    'RFC 9112, 6.1',
    'MUST',
    'sends no Transfer-Encoding with 304 that it does not frame',
    async (hop) => {
      const { answer } = await hop(get(), answerWith('Transfer-Encoding: chunked\r\n', '', '304 N'));
      expect(valuesOf(answer, 'transfer-encoding')).toEqual([]);
    },
  ],
  [
    'RFC 9112, 6.3',
    'MUST',
    'answers 502 where a server sends a Content-Length that is none, and leaves the server',
    (hop) => becomes502(hop, answerWith('Content-Length: 5, 6\r\n', 'hello')),
  ],
  [
    'RFC 9112, 6.3',
    'MUST',
    'takes no answer with two framings',
    (hop) => becomes502(hop, answerWith('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', CHUNKS)),
  ],
  [
    'RFC 9112, 6.3',
    'MUST',
    'reads an answer without framing to the end of the connection',
    async (hop) => {
      const { answer } = await hop(get(), answerWith('', 'hello'), { ends: true });
      expect(answer).toMatchObject({ content: 'hello', isComplete: true });
    },
  ],
  [
    'RFC 9112, 7.1',
    'MUST',
    'reads chunks of a server, extensions too',
    async (hop) => {
      const { answer, text } = await hop(
        get(),
        answerWith('Transfer-Encoding: chunked\r\n', `5;x=y\r\n${CHUNKS.slice(3)}`),
      );
      expect(answer?.content).toBe('hello');
      expect(text).not.toContain(';x');
    },
  ],
  [
    'RFC 9112, 8',
    'MUST',
    'gives no incomplete answer an end',
    async (hop) => {
      const { answer, answers, client } = await hop(
        get(),
        answerWith('Transfer-Encoding: chunked\r\n', '5\r\nhello\r\n'),
        { ends: true },
      );
      expect([answer, answers[0]?.isComplete]).toEqual([undefined, false]);
      expect((await client.closed()).reset).toBe(true);
    },
  ],
  [
    'RFC 9112, 8',
    'MUST',
    'cuts an answer that is shorter than its length',
    async (hop) => {
      const { answer, client } = await hop(get(), answerWith('Content-Length: 6\r\n', 'hello'), {
        ends: true,
      });
      expect(answer).toBeUndefined();
      expect((await client.closed()).reset).toBe(true);
    },
  ],
  [
    'RFC 9112, 9.2',
    'MUST',
    'takes nothing behind an answer for the next one',
    async (hop) => {
      const { text, witness } = await hop(get(), `${OK}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`);
      expect(text).not.toContain('evil');
      expect(witness.messages).toHaveLength(1);
    },
  ],
  [
    'RFC 9110, 6.5',
    'FEATURE',
    'relays trailers of an answer',
    async (hop) => {
      const { answer } = await hop(
        get('TE: trailers\r\n'),
        answerWith('Transfer-Encoding: chunked\r\nTrailer: X\r\n', '0\r\nX: y\r\n\r\n'),
      );
      expect(answer?.trailers).toEqual([['x', 'y']]);
    },
  ],
  [
    'RFC 9110, 6.5.1',
    'MUST',
    'merges no trailer of an answer into its head, and drops those that frame or route',
    async (hop) => {
      const { answer } = await hop(
        get(),
        answerWith(
          'Transfer-Encoding: chunked\r\n',
          '0\r\nContent-Length: 1\r\nSet-Cookie: a=b\r\nX: y\r\n\r\n',
        ),
      );
      expect([answer?.trailers, valuesOf(answer, 'x')]).toEqual([[['x', 'y']], []]);
    },
  ],
];
