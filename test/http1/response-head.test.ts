import { describe, expect, it } from 'vitest';
import { LOAD_BINARY, LOAD_JSON, LOAD_TEXT } from '../../src/http1/field-kind.ts';
import { PARTIAL } from '../../src/http1/request-head.ts';
import { ResponseHead, scanResponseHead } from '../../src/http1/response-head.ts';
import { LIMITS, response, responseWith } from './support.ts';

const faultOf = (...lines: readonly string[]): readonly [number, string] => {
  const { head, result } = response(responseWith(...lines));
  return [result, head.fault];
};

const withLine = (line: string): string => `${line}\r\nA: b\r\n\r\n`;

describe('the status line (RFC 9112, 4)', () => {
  it.each([
    ['HTTP/1.1 200 OK', 1, 200, 'OK'],
    ['HTTP/1.0 404 Not Found', 0, 404, 'Not Found'],
    ['HTTP/1.1 200 ', 1, 200, ''],
    ['HTTP/1.1 200', 1, 200, ''],
    ['HTTP/1.1 100 x', 1, 100, 'x'],
    ['HTTP/1.1 999 \t\xe9 ', 1, 999, '\t\xe9 '],
    ['HTTP/1.1 299  two', 1, 299, ' two'],
  ])('reads %j', (line, minor, status, reason) => {
    const { head, part, result } = response(withLine(line));
    expect(result).toBe(withLine(line).length);
    expect([head.minor, head.status, part(head.reasonStart, head.reasonEnd)]).toEqual([
      minor,
      status,
      reason,
    ]);
    expect(part(head.fieldsStart, head.end)).toBe('A: b\r\n\r\n');
  });

  it.each([
    'HTTP/1.2 200 OK',
    'HTTP/2.0 200 OK',
    'HTTP/0.9 200 OK',
    'http/1.1 200 OK',
    'HTTP/1.1  200 OK',
    'HTTP/1.1\t200 OK',
    'HTTP/1.1 200\tOK',
    'HTTP/1.1 20 OK',
    'HTTP/1.1 2000 OK',
    'HTTP/1.1 099 OK',
    'HTTP/1.1 000 OK',
    'HTTP/1.1 -20 OK',
    'HTTP/1.1 +20 OK',
    'HTTP/1.1 2x0 OK',
    'HTTP/1.1 2 0 OK',
    'HTTP/1.1 OK',
    'HTTP/1.1 ',
    'HTTP/1.1',
    'HTTP/1.1200 OK',
    'HTTP/11 200 OK',
    'HTTP/1 200 OK',
    'ICY 200 OK',
    '200 OK',
    ' HTTP/1.1 200 OK',
    '\r\nHTTP/1.1 200 OK',
    'HTTP/1.1 200 a\0b',
    'HTTP/1.1 200 a\rb',
    'HTTP/1.1 200 a\nb',
    'HTTP/1.1 200 \x7f',
    'HTTP/1.1 200 \x1b[0m',
    'HTTP/1.1 200OK',
    '',
    'garbage',
    '\x16\x03\x01',
    '<html>',
  ])('refuses %j', (line) => {
    const { head, result } = response(withLine(line));
    expect([result, head.fault]).toEqual([-502, 'the status line is malformed']);
  });

  it('ends with CRLF and nothing else', () => {
    expect(response('HTTP/1.1 200 OK\nA: b\n\n').result).toBe(-502);
    expect(response('HTTP/1.1 200 OK\rA: b\r\r').result).toBe(-502);
    expect(response('HTTP/1.1 200\n\n').result).toBe(-502);
  });
});

describe('the framing of a response (RFC 9112, 6)', () => {
  it('is told', () => {
    expect(response(responseWith('Content-Length: 5')).head.contentLength).toBe(5);
    expect(response(responseWith('Transfer-Encoding: Chunked')).head.chunked).toBe(true);
    const { head } = response(responseWith('A: b'));
    expect([head.contentLength, head.chunked]).toEqual([-1, false]);
  });

  it.each([
    ['several Content-Length fields', ['Content-Length: 5', 'Content-Length: 6']],
    ['equal ones', ['Content-Length: 5', 'Content-Length: 5']],
    ['a list of equal numbers', ['Content-Length: 5, 5']],
    ['an empty one', ['Content-Length:']],
    ['a sign', ['Content-Length: +5']],
    ['a number of 16 digits', ['Content-Length: 1234567890123456']],
    ['both framings', ['Content-Length: 5', 'Transfer-Encoding: chunked']],
    ['both framings, the other way round', ['Transfer-Encoding: chunked', 'Content-Length: 5']],
    ['another coding', ['Transfer-Encoding: gzip']],
    ['identity', ['Transfer-Encoding: identity']],
    ['another coding before chunked', ['Transfer-Encoding: gzip, chunked']],
    ['nearly chunked', ['Transfer-Encoding: xchunked']],
    ['a control character before chunked', ['Transfer-Encoding: \x0bchunked']],
    ['no coding', ['Transfer-Encoding:']],
    ['chunked twice', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']],
  ])('refuses %s', (_, lines) => {
    const [result, fault] = faultOf(...lines);
    expect(result).toBe(-502);
    expect(fault).not.toBe('');
  });

  it('refuses Transfer-Encoding where there can be none (6.1)', () => {
    for (const line of [
      'HTTP/1.0 200 OK',
      'HTTP/1.1 204 No Content',
      'HTTP/1.1 100 Continue',
      'HTTP/1.1 101 x',
      'HTTP/1.1 199 x',
    ])
      expect(response(`${line}\r\nTransfer-Encoding: chunked\r\n\r\n`).result).toBe(-502);
    expect(response('HTTP/1.1 304 x\r\nTransfer-Encoding: chunked\r\n\r\n').result).toBeGreaterThan(0);
  });
});

describe('a response head', () => {
  const text =
    'HTTP/1.1 200 OK\r\nServer: x\r\nDate: y\r\nContent-Length: 5\r\nKeep-Alive: timeout=5\r\nConnection: keep-alive\r\n\r\n';

  it('is partial until its last byte is there, and then as long as it is', () => {
    for (let length = 0; length < text.length; length++)
      expect(response(text.slice(0, length)).result, `${length} bytes`).toBe(PARTIAL);
    expect(response(text).result).toBe(text.length);
    expect(response(`${text}hello`).result).toBe(text.length);
  });

  it('is read anew by every scan', () => {
    const head = new ResponseHead();
    response(text, LIMITS, head);
    const after = response('HTTP/1.0 404 \r\n\r\n', LIMITS, head);
    const fresh = response('HTTP/1.0 404 \r\n\r\n');
    expect({ ...after.head, fields: after.fields }).toEqual({ ...fresh.head, fields: fresh.fields });
  });

  it('is refused for what refuses a request head', () => {
    for (const line of ['A : b', ' A: b', ': b', 'A', 'A: \0', 'A\xe9: b', 'A: b\nC: d'])
      expect(faultOf(line)[0]).toBe(-502);
    expect(faultOf('A: b', ' folded')).toEqual([-502, 'a field name is malformed']);
  });

  it('has the same limits as a request head', () => {
    const bytes = text.length;
    expect(response(text, { ...LIMITS, bytes }).result).toBe(bytes);
    expect(response(text, { ...LIMITS, bytes: bytes - 1 }).result).toBe(-502);
    expect(response(text.slice(0, -1), { ...LIMITS, bytes: bytes - 1 }).result).toBe(-502);
    expect(response(text.slice(0, -2), { ...LIMITS, bytes: bytes - 1 }).result).toBe(PARTIAL);
    expect(response(text, { ...LIMITS, count: 5 }).result).toBe(bytes);
    expect(response(text, { ...LIMITS, count: 4 }).result).toBe(-502);
  });

  it('tells whether there is a Date', () => {
    expect(response(text).head.hasDate).toBe(true);
    expect(response(responseWith('Dat: x')).head.hasDate).toBe(false);
  });

  it.each([
    ['timeout=5', 5],
    ['timeout=5, max=100', 5],
    ['max=100, Timeout=60', 60],
    ['max=100,timeout=0', 0],
    ['timeout=5;x', -1],
    ['timeout=', -1],
    ['timeout=x', -1],
    ['timeout="5"', -1],
    ['timeout=1234567890', -1],
    ['timeout', -1],
    ['xtimeout=5', -1],
    ['', -1],
  ])('tells how long the server keeps the connection: %j is %d', (value, seconds) => {
    expect(response(responseWith(`Keep-Alive: ${value}`)).head.keepAliveTimeout).toBe(seconds);
  });
});

describe('what a server says of its load', () => {
  it.each([
    [['endpoint-load-metrics: eps:1'], 1, LOAD_TEXT, 'eps:1'],
    [['Endpoint-Load-Metrics-JSON:   {} '], 1, LOAD_JSON, '{}'],
    [['ENDPOINT-LOAD-METRICS-BIN: AA=='], 1, LOAD_BINARY, 'AA=='],
    [['endpoint-load-metrics: a', 'X: y', 'endpoint-load-metrics-bin: b'], 2, LOAD_BINARY, 'b'],
    [['Connection: endpoint-load-metrics', 'endpoint-load-metrics: eps:1'], 1, LOAD_TEXT, 'eps:1'],
    [['endpoint-load-metrics: eps:1', 'Connection: endpoint-load-metrics'], 1, LOAD_TEXT, 'eps:1'],
    [['endpoint-load-metrics:'], 1, LOAD_TEXT, ''],
  ])('is found in %j', (lines, count, kind, text) => {
    const { head, part } = response(responseWith(...lines));
    expect([head.loadReports, head.loadReportKind]).toEqual([count, kind]);
    expect(part(head.loadReportStart, head.loadReportEnd)).toBe(text);
  });

  it.each([
    'endpoint-load-metrics-format: TEXT',
    'endpoint-load-metric: eps:1',
    'x-endpoint-load-metrics: eps:1',
    'A: endpoint-load-metrics',
  ])('is not %j', (line) => {
    expect(response(responseWith(line)).head.loadReports).toBe(0);
  });

  it('is forgotten with the next head', () => {
    const head = new ResponseHead();
    const scan = (text: string): number => {
      const bytes = Buffer.from(text, 'latin1');
      return scanResponseHead(head, bytes, 0, bytes.length, LIMITS);
    };
    scan(responseWith('endpoint-load-metrics: eps:1'));
    scan(responseWith('A: b'));
    expect(head.loadReports).toBe(0);
  });
});
