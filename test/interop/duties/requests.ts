import { expect } from 'vitest';
import { type Duty, get, refuses, valuesOf } from './hop.ts';

/** What an intermediary owes to requests. */
export const REQUEST_DUTIES: readonly Duty[] = [
  [
    'RFC 9112, 2.1',
    'MUST',
    'reads messages as octets: high bytes in a value pass',
    async (hop) => {
      expect(valuesOf((await hop(get('X: \xe9\xff\r\n'))).request, 'x')).toEqual(['\xe9\xff']);
    },
  ],
  ['RFC 9112, 2.2', 'MUST', 'refuses a bare CR in a request', (hop) => refuses(hop, get('X: a\rb\r\n'), 400)],
  [
    'RFC 9112, 2.2',
    'MUST',
    'refuses white space before the first field',
    (hop) => refuses(hop, 'GET / HTTP/1.1\r\n X: y\r\nHost: a\r\n\r\n', 400),
  ],
  [
    'RFC 9112, 2.2',
    'SHOULD',
    'passes over an empty line before a request',
    async (hop) => {
      expect((await hop(`\r\n${get()}`)).status).toBe(200);
    },
  ],
  [
    'RFC 9112, 2.2',
    'SHOULD',
    'answers 400 to what is no request, and closes',
    (hop) => refuses(hop, 'hello\r\n\r\n', 400),
  ],
  [
    'RFC 9112, 2.3',
    'MUST',
    'sends its own version: HTTP/1.0 goes on as HTTP/1.1',
    async (hop) => {
      expect((await hop('GET /p HTTP/1.0\r\nHost: a\r\n\r\n')).request?.startLine).toBe('GET /p HTTP/1.1');
    },
  ],
  [
    'RFC 9110, 2.5',
    'SHOULD',
    'answers 505 to another major version',
    (hop) => refuses(hop, 'GET / HTTP/2.0\r\nHost: a\r\n\r\n', 505),
  ],
  [
    'RFC 9110, 5.1',
    'MUST',
    'passes fields on that it does not know',
    async (hop) => {
      const { request } = await hop(get('X-Unknown: 1\r\nsec-ch-ua: "x"\r\n'));
      expect([valuesOf(request, 'x-unknown'), valuesOf(request, 'sec-ch-ua')]).toEqual([['1'], ['"x"']]);
    },
  ],
  [
    'RFC 9110, 5.3',
    'MUST',
    'keeps the order of fields of one name',
    async (hop) => {
      const { request } = await hop(get('X: 1\r\nY: 2\r\nX: 3\r\nX: 4\r\n'));
      expect(valuesOf(request, 'x')).toEqual(['1', '3', '4']);
    },
  ],
  [
    'RFC 9110, 5.4',
    'MUST',
    'answers 431 to more fields than it reads',
    (hop) => refuses(hop, get('X: y\r\n'.repeat(200)), 431),
  ],
  ['RFC 9110, 5.5', 'MUST', 'refuses NUL in a value', (hop) => refuses(hop, get('X: \0\r\n'), 400)],
  ['RFC 9110, 5.5', 'MUST', 'refuses a bare LF in a value', (hop) => refuses(hop, get('X: a\nb\r\n'), 400)],
  [
    'RFC 9112, 5.1',
    'MUST',
    'answers 400 to white space before a colon',
    (hop) => refuses(hop, get('X : y\r\n'), 400),
  ],
  [
    'RFC 9112, 5.2',
    'MUST',
    'refuses line folding in a request',
    (hop) => refuses(hop, get('X: y\r\n z\r\n'), 400),
  ],
  [
    'RFC 9110, 9.1',
    'MUST',
    'tells methods apart by case, and passes unknown ones on',
    async (hop) => {
      const { request } = await hop('Get / HTTP/1.1\r\nHost: a\r\n\r\n');
      expect(request?.startLine).toBe('Get / HTTP/1.1');
    },
  ],
  [
    'RFC 9110, 11.6.2',
    'MUST',
    'leaves Authorization as it is',
    async (hop) => {
      expect(valuesOf((await hop(get('Authorization: Basic eDp5\r\n'))).request, 'authorization')).toEqual([
        'Basic eDp5',
      ]);
    },
  ],
  [
    'RFC 9110, 13.1',
    'MUST',
    'leaves conditions to the server',
    async (hop) => {
      const { request } = await hop(
        get('If-None-Match: "x"\r\nIf-Modified-Since: Mon, 01 Jan 2024 00:00:00 GMT\r\n'),
      );
      expect(valuesOf(request, 'if-none-match')).toEqual(['"x"']);
      expect(valuesOf(request, 'if-modified-since')).toEqual(['Mon, 01 Jan 2024 00:00:00 GMT']);
    },
  ],
  [
    'RFC 9110, 14.2',
    'FEATURE',
    'passes ranges on',
    async (hop) => {
      const { request } = await hop(get('Range: bytes=0-1,5-\r\nIf-Range: "x"\r\n'));
      expect([valuesOf(request, 'range'), valuesOf(request, 'if-range')]).toEqual([
        ['bytes=0-1,5-'],
        ['"x"'],
      ]);
    },
  ],
  [
    'RFC 6265, 5.4',
    'FEATURE',
    'passes Cookie on as it came',
    async (hop) => {
      expect(valuesOf((await hop(get('Cookie: a=b; c="d"\r\n'))).request, 'cookie')).toEqual(['a=b; c="d"']);
    },
  ],
];
