import { describe, expect, it } from 'vitest';
import { copyRequestHead, copyResponseHead } from '../../src/http1/copy-head.ts';
import * as kind from '../../src/http1/field-kind.ts';
import { RequestHead } from '../../src/http1/request-head.ts';
import { LIMITS, request, requestWith, response, responseWith } from './support.ts';

const dropping = (...kinds: readonly number[]): Uint8Array => {
  const drop = new Uint8Array(kind.KINDS);
  for (const one of kinds) drop[one] = 1;
  return drop;
};

const NONE = dropping();

/** The copy in a buffer in which not one byte is left over; the same copy must not fit into one byte less. */
const copyOf = (size: number, copy: (out: Buffer, at: number) => number): string => {
  const large = Buffer.alloc(size + 512, '~');
  const end = copy(large, 7);
  expect(large.toString('latin1', 0, 7), 'nothing before').toBe('~'.repeat(7));
  expect(large.toString('latin1', end), 'nothing behind').toBe('~'.repeat(large.length - end));
  const text = large.toString('latin1', 7, end);
  const exact = Buffer.alloc(text.length);
  expect(copy(exact, 0), 'fits exactly').toBe(text.length);
  expect(exact.toString('latin1')).toBe(text);
  for (let length = 0; length < text.length; length++) expect(copy(Buffer.alloc(length), 0)).toBe(-1);
  return text;
};

const copiedRequest = (text: string, drop = NONE, head = new RequestHead()): string => {
  const { bytes, result } = request(text, LIMITS, head);
  expect(result, head.fault).toBeGreaterThan(0);
  return copyOf(text.length, (out, at) => copyRequestHead(head, bytes, out, at, drop));
};

const copiedResponse = (text: string, drop = NONE): string => {
  const { bytes, head, result } = response(text);
  expect(result, head.fault).toBeGreaterThan(0);
  return copyOf(text.length, (out, at) => copyResponseHead(head, bytes, out, at, drop));
};

describe('copyRequestHead', () => {
  it('copies all but the empty line as it came', () => {
    const text = requestWith('A:b ', 'X-Y: \t z', 'Content-Length: 5', 'E:', `Long: ${'x'.repeat(300)}`);
    expect(copiedRequest(text)).toBe(text.slice(0, -2));
    expect(copiedRequest(`${text}hello`)).toBe(text.slice(0, -2));
  });

  it('leaves out the kinds that are dropped, first, last, side by side, all', () => {
    const text = 'GET / HTTP/1.1\r\nTE: 1\r\nHost: a\r\nTE: 2\r\nVia: 3\r\nA: b\r\nVia: 4\r\n\r\n';
    expect(copiedRequest(text, dropping(kind.TE, kind.VIA))).toBe('GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n');
    expect(copiedRequest(text, dropping(kind.HOST))).toBe(text.replace('Host: a\r\n', '').slice(0, -2));
    expect(copiedRequest(text, dropping(kind.TE, kind.VIA, kind.HOST, kind.PLAIN))).toBe(
      'GET / HTTP/1.1\r\n',
    );
  });

  it('leaves out what Connection names and names with an underscore, if that is said', () => {
    const text = requestWith('Connection: x-a', 'X-A: 1', 'X_B: 2', 'X-C: 3');
    expect(copiedRequest(text, dropping(kind.CONNECTION, kind.NOMINATED, kind.UNDERSCORED))).toBe(
      'GET / HTTP/1.1\r\nHost: a\r\nX-C: 3\r\n',
    );
  });

  it('makes HTTP/1.1 of HTTP/1.0, and adds no Host', () => {
    expect(copiedRequest('POST /a?b HTTP/1.0\r\nA: b\r\n\r\n')).toBe('POST /a?b HTTP/1.1\r\nA: b\r\n');
    expect(copiedRequest('GET / HTTP/1.0\r\n\r\n')).toBe('GET / HTTP/1.1\r\n');
  });

  it('passes over an empty line before the head', () => {
    expect(copiedRequest('\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n')).toBe('GET / HTTP/1.1\r\nHost: a\r\n');
  });

  it.each([
    ['GET http://b.example:80/p?q HTTP/1.1', 'GET /p?q HTTP/1.1\r\nHost: b.example:80\r\nA: b\r\n'],
    ['GET http://b HTTP/1.1', 'GET / HTTP/1.1\r\nHost: b\r\nA: b\r\n'],
    ['GET http://b?q=1 HTTP/1.1', 'GET /?q=1 HTTP/1.1\r\nHost: b\r\nA: b\r\n'],
    ['GET http://b? HTTP/1.1', 'GET /? HTTP/1.1\r\nHost: b\r\nA: b\r\n'],
    ['OPTIONS http://b HTTP/1.1', 'OPTIONS * HTTP/1.1\r\nHost: b\r\nA: b\r\n'],
    ['OPTIONS http://b/ HTTP/1.1', 'OPTIONS / HTTP/1.1\r\nHost: b\r\nA: b\r\n'],
    ['OPTIONS http://b?q HTTP/1.1', 'OPTIONS /?q HTTP/1.1\r\nHost: b\r\nA: b\r\n'],
    ['OPTIONS * HTTP/1.1', 'OPTIONS * HTTP/1.1\r\nA: b\r\nHost: a\r\n'],
  ])('writes %s for its server (RFC 9112, 3.2)', (line, expected) => {
    expect(copiedRequest(`${line}\r\nA: b\r\nHost: a\r\n\r\n`)).toBe(expected);
  });

  it('writes the authority of an absolute-form even where HTTP/1.0 sent no Host, unless Host is dropped', () => {
    const text = 'GET http://b/p HTTP/1.0\r\nA: b\r\n\r\n';
    expect(copiedRequest(text)).toBe('GET /p HTTP/1.1\r\nHost: b\r\nA: b\r\n');
    expect(copiedRequest(text, dropping(kind.HOST))).toBe('GET /p HTTP/1.1\r\nA: b\r\n');
  });

  it('leaves the target of CONNECT, whose host replaces Host', () => {
    const head = new RequestHead();
    head.allowConnect = true;
    expect(copiedRequest('CONNECT b:443 HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n', NONE, head)).toBe(
      'CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\nA: b\r\n',
    );
  });

  it.each([
    ['Content-Length: 5', 'Content-Length: 5'],
    ['content-length: 0', 'content-length: 0'],
    ['Content-Length:5', 'Content-Length: 5'],
    ['Content-Length:  5', 'Content-Length: 5'],
    ['Content-Length:\t5', 'Content-Length: 5'],
    ['Content-Length: 5 ', 'Content-Length: 5'],
    ['CONTENT-LENGTH: 005', 'Content-Length: 5'],
    ['Content-Length: 00', 'Content-Length: 0'],
    ['Content-Length:999999999999999', 'Content-Length: 999999999999999'],
    ['Content-Length:1000000000', 'Content-Length: 1000000000'],
    ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
    ['TRANSFER-ENCODING: chunked', 'TRANSFER-ENCODING: chunked'],
    ['Transfer-Encoding:chunked', 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding: Chunked', 'Transfer-Encoding: chunked'],
    ['Transfer-Encoding: chunked\t', 'Transfer-Encoding: chunked'],
  ])('sends %j as %j: framing has one spelling', (line, expected) => {
    expect(copiedRequest(requestWith('A: b', line, 'C: d'))).toBe(
      requestWith('A: b', expected, 'C: d').slice(0, -2),
    );
    expect(copiedRequest(requestWith(line))).toBe(requestWith(expected).slice(0, -2));
    expect(copiedRequest(requestWith(line), dropping(kind.CONTENT_LENGTH, kind.TRANSFER_ENCODING))).toBe(
      requestWith().slice(0, -2),
    );
  });
});

describe('copyResponseHead', () => {
  it('copies all but the empty line and what is dropped', () => {
    const text = responseWith('Server: x', 'Connection: x-y', 'X-Y: z', 'Content-Length:05', 'A: b');
    expect(copiedResponse(text, dropping(kind.CONNECTION, kind.NOMINATED))).toBe(
      'HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 5\r\nA: b\r\n',
    );
  });

  it.each([
    ['HTTP/1.1 404 Not \xe9 Found ', 'HTTP/1.1 404 Not \xe9 Found '],
    ['HTTP/1.1 200 ', 'HTTP/1.1 200 '],
    ['HTTP/1.1 200', 'HTTP/1.1 200 '],
    ['HTTP/1.0 200', 'HTTP/1.1 200 '],
    ['HTTP/1.0 302 Found', 'HTTP/1.1 302 Found'],
  ])('writes %j as %j', (line, expected) => {
    expect(copiedResponse(`${line}\r\nA: b\r\n\r\n`)).toBe(`${expected}\r\nA: b\r\n`);
    expect(copiedResponse(`${line}\r\n\r\n`)).toBe(`${expected}\r\n`);
  });

  it('leaves out the Content-Length of 1xx and 204 (RFC 9110, 8.6), and of no other', () => {
    for (const status of [100, 103, 199, 204])
      expect(copiedResponse(`HTTP/1.1 ${status} x\r\nA: b\r\nContent-Length: 0\r\n\r\n`)).toBe(
        `HTTP/1.1 ${status} x\r\nA: b\r\n`,
      );
    for (const status of [200, 205, 304])
      expect(copiedResponse(`HTTP/1.1 ${status} x\r\nContent-Length: 9\r\n\r\n`)).toContain(
        'Content-Length: 9\r\n',
      );
  });
});
