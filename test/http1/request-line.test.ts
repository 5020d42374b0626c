import { describe, expect, it } from 'vitest';
import { PARTIAL, RequestHead } from '../../src/http1/request-head.ts';
import { LIMITS, request } from './support.ts';

const withLine = (line: string): string => `${line}\r\nHost: a\r\n\r\n`;
const statusOf = (text: string): number => request(text).result;

describe('the request line (RFC 9112, 3)', () => {
  it('is told in its parts', () => {
    const { head, result, part } = request(withLine('PATCH /a/b?c=d HTTP/1.1'));
    expect(result).toBe(withLine('PATCH /a/b?c=d HTTP/1.1').length);
    expect(part(head.start, head.methodEnd)).toBe('PATCH');
    expect(part(head.targetStart, head.targetEnd)).toBe('/a/b?c=d');
    expect(part(head.pathStart, head.pathEnd)).toBe('/a/b?c=d');
    expect(part(head.queryStart, head.pathEnd)).toBe('c=d');
    expect(part(head.fieldsStart, head.end)).toBe('Host: a\r\n\r\n');
    expect(head.minor).toBe(1);
  });

  it('has no query without a question mark, and the first one begins it', () => {
    expect(request(withLine('GET /a HTTP/1.1')).head.queryStart).toBe(-1);
    const { head, part } = request(withLine('GET /?a?b HTTP/1.1'));
    expect(part(head.queryStart, head.targetEnd)).toBe('a?b');
  });

  it.each(['M', 'PURGE', 'get', 'M-SEARCH', "!#$%&'*+-.^_`|~09AZaz", 'X'.repeat(32)])(
    'takes the method %s: every token is one (RFC 9110, 9.1)',
    (method) => expect(statusOf(withLine(`${method} / HTTP/1.1`))).toBeGreaterThan(0),
  );

  it.each([
    ['a method of 33 bytes', `${'X'.repeat(33)} / HTTP/1.1`, -501],
    ['a method of thousands of bytes', 'X'.repeat(5000), -501],
    ['no method', ' / HTTP/1.1', -400],
    ['a method that is no token', 'G(T / HTTP/1.1', -400],
    ['a method with a byte above ASCII', 'G\xc9T / HTTP/1.1', -400],
    ['a NUL in the method', 'GE\0T / HTTP/1.1', -400],
    ['a tab behind the method', 'GET\t/ HTTP/1.1', -400],
    ['two spaces behind the method', 'GET  / HTTP/1.1', -400],
    ['two spaces before the version', 'GET /  HTTP/1.1', -400],
    ['a tab before the version', 'GET /\tHTTP/1.1', -400],
    ['a space before the method', '  GET / HTTP/1.1', -400],
    ['a space behind the version', 'GET / HTTP/1.1 ', -400],
    ['HTTP/0.9', 'GET /', -400],
    ['no target', 'GET HTTP/1.1', -400],
    ['no target between spaces', 'GET  HTTP/1.1', -400],
    ['the method alone', 'GET', -400],
    ['a TLS hello', '\x16\x03\x01\x02\x00\x01', -400],
    ['a connection preface of HTTP/2', 'PRI * HTTP/2.0', -400],
    ['a vertical tab in the line', 'GET /\x0b HTTP/1.1', -400],
    ['more than a version', 'GET / HTTP/1.1 HTTP/1.1', -400],
  ])('refuses %s', (_, line, status) => expect(statusOf(withLine(line))).toBe(status));

  it.each([
    ['HTTP/1.2', -505],
    ['HTTP/2.0', -505],
    ['HTTP/0.9', -505],
    ['HTTP/9.9', -505],
    ['http/1.1', -400],
    ['Http/1.1', -400],
    ['HTTP/1', -400],
    ['HTTP/1.', -400],
    ['HTTP/11', -400],
    ['HTTP/1.10', -400],
    ['HTTP/01.1', -400],
    ['HTTP/1,1', -400],
    ['HTTP/-1.1', -400],
    ['HTTP/x.1', -400],
    ['HTTP 1.1', -400],
    ['XHTTP/1.1', -400],
    ['HTTPS/1.1', -400],
    ['ICE/1.0', -400],
    ['', -400],
  ])('refuses the version %j with %d (RFC 9112, 2.3)', (version, status) => {
    expect(statusOf(withLine(`GET / ${version}`))).toBe(status);
  });

  it('takes HTTP/1.0', () => {
    expect(request('GET / HTTP/1.0\r\n\r\n').head.minor).toBe(0);
  });

  it.each([
    ['LF alone', 'GET / HTTP/1.1\nHost: a\n\n'],
    ['CR alone', 'GET / HTTP/1.1\rHost: a\r\r'],
    ['two CRs', 'GET / HTTP/1.1\r\r\nHost: a\r\n\r\n'],
    ['LF CR', 'GET / HTTP/1.1\n\rHost: a\r\n\r\n'],
  ])('refuses %s at its end (2.2)', (_, text) => expect(statusOf(text)).toBe(-400));

  it('may have one empty line before it, and not more (2.2)', () => {
    const text = withLine('GET / HTTP/1.1');
    const { head, result, part } = request(`\r\n${text}`);
    expect(result).toBe(text.length + 2);
    expect(part(head.start, head.methodEnd)).toBe('GET');
    expect(statusOf(`\r\n\r\n${text}`)).toBe(-400);
    expect(statusOf(`\n${text}`)).toBe(-400);
    expect(statusOf(`\r${text}`)).toBe(-400);
    expect(statusOf('\r\n')).toBe(PARTIAL);
  });
});

describe('the request target (RFC 9112, 3.2)', () => {
  it.each([
    '/',
    '//',
    '//host/p',
    '/a;b=c/%20/..',
    '/%zz',
    '/a?',
    '/?',
    '/a?b?c/d',
    "/-._~!$&'()*+,;=:@",
    '/[a]/{b}|^`',
    '/a?\\b',
    '/a?[x]={y}|^`',
    '/http://other/',
  ])('takes %s', (target) => expect(statusOf(withLine(`GET ${target} HTTP/1.1`))).toBeGreaterThan(0));

  it.each([
    '/a#b',
    '/a?b#c',
    '#',
    '/a\\b',
    '\\',
    '/"',
    '/<',
    '/>',
    '/?"',
    '/\x7f',
    '/\x80',
    '/\xe9',
    '/\xff',
    '/a\0',
    '/a\x01',
    '/\x1f',
    'a',
    'a/b',
    '?a',
    '*a',
    '**',
    '*?',
    '/\tb',
    '.',
    'a:80',
    'a.example',
    'ftp://a/',
    'http:/a',
    'http:a',
    'http//a/',
    'file:///a',
    'javascript:1',
    'data:,a',
    'ws://a/',
    'httpx://a/',
  ])('refuses %j', (target) => expect(statusOf(withLine(`GET ${target} HTTP/1.1`))).toBe(-400));

  it.each([
    ['http://b.example/p?q', 'b.example', '/p?q'],
    ['HTTPS://[::1]:8443/', '[::1]:8443', '/'],
    ['http://b', 'b', ''],
    ['http://b:80?q=/x', 'b:80', '?q=/x'],
    ['http://b//c', 'b', '//c'],
    ['http://b:', 'b:', ''],
  ])('in absolute-form, %s, names the host (3.2.2)', (target, host, path) => {
    const { head, part } = request(withLine(`GET ${target} HTTP/1.1`));
    expect(head.isAbsolute).toBe(true);
    expect(part(head.hostStart, head.hostEnd)).toBe(host);
    expect(part(head.pathStart, head.pathEnd)).toBe(path);
  });

  it.each([
    'http://',
    'http:///p',
    'http://?q',
    'http://u@b/',
    'http://u:p@b/',
    'http://@b/',
    'http://b:x/',
    'http://b:65536/',
    'http://b b/',
    'http://b,c/',
    'http://b\\c/',
    'http://[::1/',
    'http://:80/',
    'http://%/',
    'http://b#f',
  ])('refuses the absolute-form %s', (target) => {
    expect(statusOf(withLine(`GET ${target} HTTP/1.1`))).toBe(-400);
  });

  it('needs a valid Host beside an absolute-form, too', () => {
    expect(statusOf('GET http://b/ HTTP/1.1\r\n\r\n')).toBe(-400);
    expect(statusOf('GET http://b/ HTTP/1.1\r\nHost: a b\r\n\r\n')).toBe(-400);
    expect(statusOf('GET http://b/ HTTP/1.0\r\n\r\n')).toBeGreaterThan(0);
  });

  it('is * with OPTIONS only (3.2.4)', () => {
    const { head, part } = request(withLine('OPTIONS * HTTP/1.1'));
    expect(part(head.pathStart, head.pathEnd)).toBe('*');
    for (const method of ['GET', 'options', 'OPTION', 'OPTIONSX']) {
      expect(statusOf(withLine(`${method} * HTTP/1.1`))).toBe(-400);
    }
  });

  it('is not that of CONNECT unless that is allowed (3.2.3)', () => {
    expect(statusOf(withLine('CONNECT a:443 HTTP/1.1'))).toBe(-405);
    expect(statusOf('CONNECT ')).toBe(-405);
    expect(statusOf(withLine('connect a:443 HTTP/1.1'))).toBe(-400);
    const head = new RequestHead();
    head.allowConnect = true;
    const { result, part } = request(withLine('CONNECT b:443 HTTP/1.1'), LIMITS, head);
    expect(result).toBeGreaterThan(0);
    expect(part(head.hostStart, head.hostEnd)).toBe('b:443');
    for (const target of ['b', '/', '*', 'http://b:443/', 'b:', 'b:443/'])
      expect(request(withLine(`CONNECT ${target} HTTP/1.1`), LIMITS, head).result).toBe(-400);
  });

  it('may have as many bytes as the limit says', () => {
    const limits = { ...LIMITS, target: 10 };
    const withTarget = (target: string): number => request(withLine(`GET ${target} HTTP/1.1`), limits).result;
    expect(withTarget('/123456789')).toBeGreaterThan(0);
    expect(withTarget('/1234567890')).toBe(-414);
    expect(withTarget('/?34567890')).toBeGreaterThan(0);
    expect(withTarget('/?345678901')).toBe(-414);
    expect(withTarget('/123456789?')).toBe(-414);
    expect(withTarget('/123456789\0')).toBe(-400);
    expect(request(`GET /${'x'.repeat(10)}`, limits).result, 'as soon as it is too long').toBe(-414);
    expect(request(`GET /${'x'.repeat(9)}`, limits).result).toBe(PARTIAL);
  });
});
