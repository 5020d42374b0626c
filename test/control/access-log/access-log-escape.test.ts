import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apacheText, jsonText } from '../../../src/control/access-log/access-log-escape.ts';

const long = 'x'.repeat(100);

describe('text in the combined format', () => {
  it.each([
    ['', ''],
    ['/cart?a=1&b=%22', '/cart?a=1&b=%22'],
    ['say "hi"', 'say \\"hi\\"'],
    ['C:\\temp', 'C:\\\\temp'],
    ['a\r\nb', 'a\\r\\nb'],
    ['\b\t\v', '\\b\\t\\v'],
    ['\f\0\x1b[31m\x7f', '\\x0c\\x00\\x1b[31m\\x7f'],
    ['caf\xe9 \xff\x80', 'caf\\xe9 \\xff\\x80'],
    ['€', '\\xe2\\x82\\xac'],
    ['😀', '\\xf0\\x9f\\x98\\x80'],
    ['\ud800', '\\xef\\xbf\\xbd'],
    [`${long}"`, `${long}\\"`],
  ])('%j is written as %j', (text, written) => {
    expect(apacheText(text)).toBe(written);
  });

  it('is printable ASCII from which the bytes can be told, whatever they were', () => {
    const letters: Readonly<Record<string, string>> = { b: '\b', n: '\n', r: '\r', t: '\t', v: '\v' };
    const back = (text: string): string =>
      text.replace(/\\(x([0-9a-f]{2})|.)/g, (_, code: string, hex: string | undefined) =>
        hex ? String.fromCharCode(Number.parseInt(hex, 16)) : (letters[code] ?? code),
      );
    const bytes = fc.uint8Array({ maxLength: 90 }).map((some) => Buffer.from(some).toString('latin1'));
    fc.assert(
      fc.property(bytes, (text) => {
        const written = apacheText(text);
        expect(written).toMatch(/^[ -~]*$/);
        expect(written.replace(/\\./g, '')).not.toContain('"');
        expect(back(written)).toBe(text);
      }),
    );
  });
});

describe('text in JSON', () => {
  it.each([
    ['', ''],
    ['/cart?a=1', '/cart?a=1'],
    ['"\\', '\\"\\\\'],
    ['a\r\nb', 'a\\u000d\\u000ab'],
    ['caf\xe9', 'caf\\u00e9'],
    ['\u2028', '\\u2028'],
    [`${long}\n`, `${long}\\u000a`],
  ])('%j is written as %j', (text, written) => {
    expect(jsonText(text)).toBe(written);
  });

  it('is ASCII that JSON reads back, whatever it was', () => {
    const units = fc.uint16Array({ maxLength: 90 }).map((some) => String.fromCharCode(...some));
    fc.assert(
      fc.property(units, (text) => {
        const written = jsonText(text);
        expect(written).toMatch(/^[ -~]*$/);
        expect(JSON.parse(`"${written}"`)).toBe(text);
      }),
    );
  });
});
