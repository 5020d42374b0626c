import { describe, expect, it } from 'vitest';
import { CONNECTION, COOKIE, PLAIN, UNDERSCORED, X_FORWARDED } from '../../src/http1/field-kind.ts';
import { BAD_FIELD, PARTIAL, scanFieldLine, TOO_MANY_FIELDS } from '../../src/http1/field-line.ts';
import { FieldTable } from '../../src/http1/field-table.ts';
import { bytesOf, LIMITS, request, requestWith } from './support.ts';

const scan = (text: string): number => scanFieldLine(new FieldTable(), bytesOf(text), 0, text.length, 100);

describe('a field line (RFC 9112, 5)', () => {
  it('is told as name, value without the blanks around it, and kind', () => {
    const { fields } = request(
      requestWith('Accept: */*', 'X:', 'X: \t ', 'COOKIE:\t a=b; c \t', 'x-forwarded-for:1'),
    );
    expect(fields.slice(1)).toEqual([
      ['Accept', '*/*', PLAIN],
      ['X', '', PLAIN],
      ['X', '', PLAIN],
      ['COOKIE', 'a=b; c', COOKIE],
      ['x-forwarded-for', '1', X_FORWARDED],
    ]);
  });

  it('begins where the one before it ends, and the last ends before the empty line', () => {
    const { head, part } = request(requestWith('A: b ', 'C:d'));
    const starts = Array.from({ length: head.fields.count }, (_, i) => head.fields.at[4 * i] ?? 0);
    const ends = [...starts.slice(1), head.end - 2];
    expect(starts.map((start, i) => part(start, ends[i] ?? 0))).toEqual([
      'Host: a\r\n',
      'A: b \r\n',
      'C:d\r\n',
    ]);
  });

  it.each(['Content_Length', '_', 'x_forwarded_for', 'X-Forwarded-For_', 'a_b_c', 'Transfer_Encoding'])(
    'marks the name %s for its underscore',
    (name) => {
      const { fields, head } = request(requestWith(`${name}: 1`));
      expect(fields[1]).toEqual([name, '1', UNDERSCORED]);
      expect([head.contentLength, head.chunked]).toEqual([-1, false]);
    },
  );

  it.each([
    ['every character of a token in its name', "!#$%&'*+-.^`|~09azAZ: v\r\n"],
    ['HTAB and bytes above ASCII in its value', 'A: b\tc\x80\xff\x85\xa0\r\n'],
    ['colons in its value', 'A::b:c\r\n'],
    ['a very long name', `${'a'.repeat(5000)}: b\r\n`],
  ])('may have %s', (_, line) => expect(scan(line)).toBe(line.length));

  it.each([
    ['an empty name', ': b\r\n'],
    ['an empty name, as CVE-2023-25725', ':\r\n'],
    ['a space before the colon (5.1)', 'A : b\r\n'],
    ['a tab before the colon', 'A\t: b\r\n'],
    ['no colon', 'A\r\n'],
    ['no colon but a value', 'A b\r\n'],
    ['a space before the name (5.2)', ' A: b\r\n'],
    ['a tab before the name', '\tA: b\r\n'],
    ['a vertical tab before the name', '\x0bA: b\r\n'],
    ['a byte above ASCII in the name', 'A\xe9: b\r\n'],
    ['a NUL in the name', 'A\0: b\r\n'],
    ['a separator in the name', 'A(b): c\r\n'],
    ['a quoted name', '"A": c\r\n'],
    ['a CR in the name', 'A\r: c\r\n'],
    ['an LF in the name', 'A\n: c\r\n'],
    ['LF alone at its end', 'A: b\nC: d\r\n'],
    ['CR alone at its end', 'A: b\rC: d\r\n'],
    ['two CRs at its end', 'A: b\r\r\n'],
    ['a NUL in the value', 'A: b\0c\r\n'],
    ['a vertical tab in the value', 'A: \x0bb\r\n'],
    ['a form feed in the value', 'A: b\x0c\r\n'],
    ['an ESC in the value', 'A: \x1b[31m\r\n'],
    ['a DEL in the value', 'A: b\x7f\r\n'],
    ['a bell in the value', 'A: \x07\r\n'],
  ])('is refused for %s', (_, line) => {
    expect(scan(line)).toBe(BAD_FIELD);
    expect(request(`GET / HTTP/1.1\r\nHost: a\r\n${line}\r\n`).result).toBe(-400);
  });

  it('cannot be folded (5.2)', () => {
    for (const fold of [' b', '\tb', ' ', ' Content-Length: 5']) {
      const { result, head } = request(requestWith('A: b', fold));
      expect([result, head.fault]).toEqual([-400, 'a field name is malformed']);
    }
  });

  it.each([
    ['CR alone', 'GET / HTTP/1.1\r\nHost: a\r\n\rX'],
    ['LF alone', 'GET / HTTP/1.1\r\nHost: a\r\n\n'],
    ['a space and CRLF', 'GET / HTTP/1.1\r\nHost: a\r\n \r\n'],
  ])('is not followed by %s for an empty line', (_, text) => expect(request(text).result).toBe(-400));

  it('is one of as many as the limit says', () => {
    const lines = Array.from({ length: 99 }, (_, i) => `X-${i}: ${i}`);
    expect(request(requestWith(...lines)).head.fields.count).toBe(100);
    expect(request(requestWith(...lines, 'A: b')).result).toBe(-431);
    expect(request(`${requestWith(...lines).slice(0, -2)}A`).result, 'at its first byte').toBe(-431);
    expect(request(requestWith(...lines).slice(0, -2)).result).toBe(PARTIAL);
    expect(scanFieldLine(new FieldTable(), bytesOf('A: b\r\n'), 0, 6, 0)).toBe(TOO_MANY_FIELDS);
  });

  it('finds room in the table, however many there are', () => {
    const lines = Array.from({ length: 700 }, (_, i) => `X-${i}: ${i}`);
    const { fields, result } = request(requestWith(...lines, 'Connection: close'), {
      ...LIMITS,
      count: 1000,
    });
    expect(result).toBeGreaterThan(0);
    expect(fields.slice(1).map(([name]) => name)).toEqual([
      ...lines.map((line) => line.split(':')[0]),
      'Connection',
    ]);
    expect(fields.at(-1)?.[2]).toBe(CONNECTION);
  });
});
