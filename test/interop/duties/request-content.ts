import { expect } from 'vitest';
import { type Duty, post, refuses, valuesOf } from './hop.ts';

/** What an intermediary owes to the content of requests. */
export const REQUEST_CONTENT_DUTIES: readonly Duty[] = [
  [
    'RFC 9112, 6.1',
    'MUST',
    'refuses Content-Length beside Transfer-Encoding, and closes',
    (hop) => refuses(hop, post('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'), 400),
  ],
  [
    'RFC 9112, 6.1',
    'MUST',
    'takes Transfer-Encoding on HTTP/1.0 for a fault, and closes',
    (hop) => refuses(hop, 'POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400),
  ],
  [
    'RFC 9112, 6.1',
    'SHOULD',
    'answers 501 to a transfer coding that it does not know',
    (hop) => refuses(hop, post('Transfer-Encoding: gzip, chunked\r\n', '0\r\n\r\n'), 501),
  ],
  [
    'RFC 9112, 6.3',
    'MUST',
    'answers 400 where chunked is not the last coding, and closes',
    (hop) => refuses(hop, post('Transfer-Encoding: chunked, gzip\r\n', '0\r\n\r\n'), 400),
  ],
  [
    'RFC 9112, 6.3',
    'MUST',
    'answers 400 to a Content-Length that is none, and closes',
    (hop) => refuses(hop, post('Content-Length: 5x\r\n', 'hello'), 400),
  ],
  [
    'RFC 9112, 6.3',
    'MUST',
    'takes a request without framing to have no content',
    async (hop) => {
      const { request } = await hop(post('', ''));
      expect([request?.content, valuesOf(request, 'transfer-encoding')]).toEqual(['', []]);
    },
  ],
  [
    'RFC 9110, 8.6',
    'MUST',
    'reads lengths beyond 32 bits as they are',
    (hop) => refuses(hop, post('Content-Length: 99999999999999999999\r\n', 'hello'), 400),
  ],
  [
    'RFC 9110, 8.6',
    'SHOULD',
    'says that the length of a POST without content is 0',
    async (hop) => {
      expect(valuesOf((await hop(post('', ''))).request, 'content-length')).toEqual(['0']);
    },
  ],
  [
    'RFC 9110, 8.6',
    'FEATURE',
    'writes Content-Length in its canonical form',
    async (hop) => {
      const { request } = await hop(post('Content-Length: \t0005 \r\n', 'hello'));
      expect(valuesOf(request, 'content-length')).toEqual(['5']);
    },
  ],
  [
    'RFC 9112, 7.1',
    'MUST',
    'reads chunks',
    async (hop) => {
      const { request } = await hop(post('Transfer-Encoding: chunked\r\n', '5\r\nhello\r\n0\r\n\r\n'));
      expect([request?.content, valuesOf(request, 'transfer-encoding')]).toEqual(['hello', ['chunked']]);
    },
  ],
  [
    'RFC 9112, 7.1',
    'MUST',
    'refuses chunk sizes too large to count',
    (hop) => refuses(hop, post('Transfer-Encoding: chunked\r\n', 'fffffffffffffffff\r\nx'), 400),
  ],
  [
    'RFC 9112, 7.1.1',
    'MUST',
    'passes over chunk extensions that it does not know',
    async (hop) => {
      const { request, witness } = await hop(
        post('Transfer-Encoding: chunked\r\n', '5;a=b;c="d"\r\nhello\r\n0;e\r\n\r\n'),
      );
      expect(request?.content).toBe('hello');
      expect(witness.heard[0]).not.toContain(';');
    },
  ],
  [
    'RFC 9112, 7.1.2',
    'MUST',
    'merges no trailer into the head',
    async (hop) => {
      const { request } = await hop(post('Transfer-Encoding: chunked\r\n', '0\r\nX: y\r\nHost: b\r\n\r\n'));
      expect([valuesOf(request, 'x'), valuesOf(request, 'host')]).toEqual([[], ['a']]);
    },
  ],
  [
    'RFC 9110, 6.5',
    'FEATURE',
    'relays trailers of a request',
    async (hop) => {
      const { request } = await hop(
        post('Transfer-Encoding: chunked\r\nTrailer: X\r\n', '0\r\nX: y\r\n\r\n'),
      );
      expect(request?.trailers).toEqual([['x', 'y']]);
    },
  ],
];
