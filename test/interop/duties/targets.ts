import { expect } from 'vitest';
import { type Duty, get, refuses, valuesOf } from './hop.ts';

/** What an intermediary owes to request lines and hosts. */
export const TARGET_DUTIES: readonly Duty[] = [
  [
    'RFC 9112, 3',
    'SHOULD',
    'takes request lines of 8,000 octets',
    async (hop) => {
      expect((await hop(get('', `/${'x'.repeat(7984)}`))).status).toBe(200);
    },
  ],
  [
    'RFC 9112, 3',
    'SHOULD',
    'answers 501 to a method longer than any',
    (hop) => refuses(hop, `${'X'.repeat(40)} / HTTP/1.1\r\nHost: a\r\n\r\n`, 501),
  ],
  [
    'RFC 9112, 3',
    'MUST',
    'answers 414 to a target longer than it reads',
    (hop) => refuses(hop, get('', `/${'x'.repeat(9000)}`), 414),
  ],
  ['RFC 9112, 3.2', 'MUST', 'refuses white space in the target', (hop) => refuses(hop, get('', '/a b'), 400)],
  [
    'RFC 9112, 3.2',
    'MUST',
    'answers 400 to HTTP/1.1 without Host',
    (hop) => refuses(hop, 'GET / HTTP/1.1\r\n\r\n', 400),
  ],
  [
    'RFC 9112, 3.2',
    'MUST',
    'answers 400 to several Host fields',
    (hop) => refuses(hop, get('Host: a\r\n'), 400),
  ],
  [
    'RFC 9112, 3.2',
    'MUST',
    'answers 400 to a Host that is none',
    (hop) => refuses(hop, 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', 400),
  ],
  [
    'RFC 9112, 3.2.2',
    'MUST',
    'takes absolute targets',
    async (hop) => {
      expect((await hop('GET http://b/p?q HTTP/1.1\r\nHost: b\r\n\r\n')).status).toBe(200);
    },
  ],
  [
    'RFC 9112, 3.2.2',
    'MUST',
    'replaces Host by the authority of an absolute target',
    async (hop) => {
      const { request } = await hop('GET http://b:8080/p?q HTTP/1.1\r\nHost: a\r\n\r\n');
      expect(valuesOf(request, 'host')).toEqual(['b:8080']);
      expect(request?.startLine).toBe('GET /p?q HTTP/1.1');
    },
  ],
  [
    'RFC 9112, 3.2.4',
    'MUST',
    'sends * for OPTIONS on a URL without a path',
    async (hop) => {
      expect((await hop('OPTIONS http://b HTTP/1.1\r\nHost: b\r\n\r\n')).request?.startLine).toBe(
        'OPTIONS * HTTP/1.1',
      );
    },
  ],
  [
    'RFC 9112, 3.2.4',
    'MUST',
    'passes OPTIONS * on',
    async (hop) => {
      expect((await hop('OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n')).request?.startLine).toBe(
        'OPTIONS * HTTP/1.1',
      );
    },
  ],
  [
    'RFC 9110, 4.2.1',
    'MUST',
    'refuses an http URL without a host',
    (hop) => refuses(hop, get('', 'http:///p'), 400),
  ],
  [
    'RFC 9110, 4.2.4',
    'MUST',
    'refuses userinfo in an http URL',
    (hop) => refuses(hop, get('', 'http://u@a/'), 400),
  ],
  [
    'RFC 9110, 7.7',
    'MUST',
    'leaves path and query as they are',
    async (hop) => {
      const target = '/a/../b/./%41%2f//c;d=1?e=%20&f=a/b?c';
      expect((await hop(get('', target))).request?.startLine).toBe(`GET ${target} HTTP/1.1`);
    },
  ],
  [
    'RFC 9112, 3.2.1',
    'MUST',
    'sends / for an absolute target without a path',
    async (hop) => {
      expect((await hop('GET http://b HTTP/1.1\r\nHost: b\r\n\r\n')).request?.startLine).toBe(
        'GET / HTTP/1.1',
      );
    },
  ],
  [
    'RFC 9110, 9.3.6',
    'MUST',
    'opens no tunnel for CONNECT unasked',
    (hop) => refuses(hop, 'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n', 405),
  ],
];
