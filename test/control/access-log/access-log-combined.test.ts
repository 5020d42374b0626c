import { describe, expect, it } from 'vitest';
import { combinedFormat } from '../../../src/control/access-log/access-log-combined.ts';
import type { LoggedExchange } from '../../../src/control/access-log/access-log-line.ts';
import { apacheDate } from '../../../src/control/access-log/access-log-times.ts';
import { anExchange, EPOCH } from '../an-exchange.ts';

const DATE = apacheDate(new Date(EPOCH));
const line = (facts: Partial<LoggedExchange>, keepsQuery = true): string =>
  combinedFormat(keepsQuery)(anExchange(facts), EPOCH);

describe('the combined format', () => {
  it.each<[string, Partial<LoggedExchange>, string]>([
    [
      'all there is',
      { query: 'a=1', referer: 'http://a.example/?q', userAgent: 'curl/8' },
      '"GET /cart?a=1 HTTP/1.1" 200 2326 "http://a.example/?q" "curl/8"',
    ],
    ['neither referer nor agent', {}, '"GET /cart HTTP/1.1" 200 2326 "-" "-"'],
    ['empty ones', { referer: '', userAgent: '' }, '"GET /cart HTTP/1.1" 200 2326 "" ""'],
    ['no answer', { status: 0, bytesOut: 0 }, '"GET /cart HTTP/1.1" - - "-" "-"'],
    ['no body', { status: 304, bytesOut: 0 }, '"GET /cart HTTP/1.1" 304 - "-" "-"'],
    ['no request line', { method: '', path: '', status: 400, bytesOut: 0 }, '"-" 400 - "-" "-"'],
    ['HTTP/1.0', { protocol: 'HTTP/1.0', method: 'POST' }, '"POST /cart HTTP/1.0" 200 2326 "-" "-"'],
  ])('has %s', (_, facts, rest) => {
    expect(line(facts)).toBe(`192.0.2.7 - - [${DATE}] ${rest}\n`);
  });

  it.each([
    ['', '-'],
    ['2001:db8::1', '2001:db8::1'],
  ])('writes the address %j as %s', (clientIp, written) => {
    expect(line({ clientIp }).split(' ')[0]).toBe(written);
  });

  it('leaves out queries if told so, that of the referer too', () => {
    const said = line({ query: 'token=secret', referer: 'https://a.example/b?token=secret' }, false);
    expect(said).toContain('"GET /cart HTTP/1.1"');
    expect(said).toContain('"https://a.example/b"');
    expect(said).not.toContain('secret');
  });

  it('is one line of nine fields, whatever a client sends', () => {
    const evil = '" 200 1 "x" "y"\n10.0.0.1 - - [x] "GET / HTTP/1.1" 200 1\r\n\\"';
    const keys = ['clientIp', 'method', 'path', 'query', 'protocol', 'referer', 'userAgent'] as const;
    for (const key of keys) {
      const said = line({ [key]: evil });
      expect(said.indexOf('\n')).toBe(said.length - 1);
      const quoted = said.match(/"(?:[^"\\]|\\.)*"/g);
      if (key !== 'clientIp') expect(quoted).toHaveLength(3);
      expect(said).toMatch(/^[ -~]*\n$/);
    }
  });
});
