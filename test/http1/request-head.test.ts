import { describe, expect, it } from 'vitest';
import { PARTIAL, RequestHead, scanRequestHead } from '../../src/http1/request-head.ts';
import { bytesOf, LIMITS, request, requestWith } from './support.ts';

const faultOf = (...lines: readonly string[]): readonly [number, string] => {
  const { head, result } = request(requestWith(...lines));
  return [result, head.fault];
};

describe('Host (RFC 9112, 3.2)', () => {
  it('is told without the blanks around it', () => {
    const { head, part } = request('GET / HTTP/1.1\r\nA: b\r\nhOST:\t a.example:80 \r\n\r\n');
    expect(part(head.hostStart, head.hostEnd)).toBe('a.example:80');
    expect(head.isAbsolute).toBe(false);
  });

  it.each([
    ['none', 'A: b\r\n', 'there is no Host'],
    ['none at all', '', 'there is no Host'],
    ['two', 'Host: a\r\nHost: b\r\n', 'there are several Host fields'],
    ['two equal ones', 'Host: a\r\nhost: a\r\n', 'there are several Host fields'],
    ['an empty one', 'Host:\r\n', 'Host is not a host name with an optional port'],
    ['an empty one before one', 'Host: \r\nHost: a\r\n', 'Host is not a host name with an optional port'],
    ['a list', 'Host: a, b\r\n', 'Host is not a host name with an optional port'],
    ['userinfo', 'Host: u@a\r\n', 'Host is not a host name with an optional port'],
    ['a path', 'Host: a/b\r\n', 'Host is not a host name with an optional port'],
    ['a URL', 'Host: http://a\r\n', 'Host is not a host name with an optional port'],
    ['a bad port', 'Host: a:80x\r\n', 'Host is not a host name with an optional port'],
  ])('refuses %s', (_, lines, fault) => {
    const { head, result } = request(`GET / HTTP/1.1\r\n${lines}\r\n`);
    expect([result, head.fault]).toEqual([-400, fault]);
  });

  it('may be missing on HTTP/1.0, but not be there twice, nor be bad', () => {
    const { head, result } = request('GET / HTTP/1.0\r\n\r\n');
    expect(result).toBeGreaterThan(0);
    expect(head.hostStart).toBe(head.hostEnd);
    expect(request('GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n').result).toBe(-400);
    expect(request('GET / HTTP/1.0\r\nHost: a b\r\n\r\n').result).toBe(-400);
    expect(request('GET / HTTP/1.0\r\nHost:\r\n\r\n').result).toBe(-400);
  });
});

describe('Expect (RFC 9110, 10.1.1)', () => {
  it.each(['100-continue', '100-Continue', ' 100-CONTINUE '])('knows %j', (value) => {
    expect(request(requestWith(`Expect:${value}`)).head.expectsContinue).toBe(true);
  });

  it.each(['', '100', '100-continued', '200-ok', '100-continue, x', 'x=y', '100-continue;q=1'])(
    'answers 417 to %j',
    (value) => {
      expect(faultOf(`Expect: ${value}`)).toEqual([-417, 'only 100-continue can be expected']);
    },
  );

  it('is not there without the field', () => {
    expect(request(requestWith()).head.expectsContinue).toBe(false);
  });
});

describe('a request head', () => {
  const text =
    'POST /p?q HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-A\r\nX-A: 1\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n';

  it('is partial until its last byte is there, and then as long as it is', () => {
    for (let length = 0; length < text.length; length++)
      expect(request(text.slice(0, length)).result, `${length} bytes`).toBe(PARTIAL);
    expect(request(text).result).toBe(text.length);
    expect(request(`${text}5\r\nhello\r\n0\r\n\r\nGET /`).result).toBe(text.length);
  });

  it('is read anew by every scan: nothing is left of the head before', () => {
    const head = new RequestHead();
    request(text, LIMITS, head);
    request('GET http://b/ HTTP/1.0\r\n\r\n', LIMITS, head);
    const after = request('GET / HTTP/1.0\r\nConnection: close\r\n\r\n', LIMITS, head);
    const fresh = request('GET / HTTP/1.0\r\nConnection: close\r\n\r\n');
    expect({ ...after.head, fields: after.fields }).toEqual({ ...fresh.head, fields: fresh.fields });
    request('GET / HTTP/1.1\r\nHost\r\n\r\n', LIMITS, head);
    expect(head.fault).not.toBe('');
    request(text, LIMITS, head);
    expect(head.fault).toBe('');
  });

  it('may have as many bytes as the limit says, an empty line before it included', () => {
    const limits = { ...LIMITS, bytes: text.length };
    expect(request(text, limits).result).toBe(text.length);
    expect(request(`${text}more`, limits).result).toBe(text.length);
    const small = { ...LIMITS, bytes: text.length - 1 };
    for (let length = 0; length < small.bytes; length++)
      expect(request(text.slice(0, length), small).result).toBe(PARTIAL);
    expect(request(text.slice(0, small.bytes), small).result).toBe(-431);
    expect(request(text, small).result).toBe(-431);
    expect(request(`\r\n${text}`, limits).result).toBe(-431);
  });

  it('is refused for a fault within the limit, and for its size whatever stands behind the limit', () => {
    const limits = { ...LIMITS, bytes: 64 };
    expect(request(requestWith('A b'), limits).result).toBe(-400);
    expect(request(requestWith(`A: ${'b'.repeat(64)}`, 'A b'), limits).result).toBe(-431);
  });

  it('with a request line of 8,000 bytes passes (RFC 9112, 3)', () => {
    expect(request(`GET /${'x'.repeat(7985)} HTTP/1.1\r\nHost: a\r\n\r\n`).result).toBeGreaterThan(0);
  });

  it('is not scanned beyond its end, whatever stands there', () => {
    const bytes = bytesOf('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    for (let to = 0; to < bytes.length; to++)
      expect(scanRequestHead(new RequestHead(), bytes, 0, to, LIMITS)).toBe(PARTIAL);
  });
});
