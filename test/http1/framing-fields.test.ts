import { describe, expect, it } from 'vitest';
import { request, requestWith } from './support.ts';

const faultOf = (...lines: readonly string[]): readonly [number, string] => {
  const { head, result } = request(requestWith(...lines));
  return [result, head.fault];
};

describe('Content-Length (RFC 9112, 6.2)', () => {
  it.each([
    ['0', 0],
    ['5', 5],
    ['  5\t', 5],
    ['0005', 5],
    ['999999999999999', 999_999_999_999_999],
    ['000000000000000', 0],
  ])('of %j is %d', (value, length) => {
    expect(request(requestWith(`Content-Length:${value}`)).head.contentLength).toBe(length);
  });

  it.each([
    '',
    ' ',
    '+5',
    '-5',
    '-0',
    '5 5',
    '5,5',
    '5, 5',
    '5,',
    ',5',
    '5;',
    '0x5',
    '5.0',
    '1e1',
    '5\x0b',
    '\x0b5',
    '5_0',
    '"5"',
    'five',
    '\xb2',
    '5\xa0',
    '1000000000000000',
    '0000000000000005',
    '18446744073709551616',
    '99999999999999999999999999',
  ])('refuses %j', (value) => {
    const { result, head } = request(requestWith(`Content-Length: ${value}`));
    expect(result).toBe(-400);
    expect(head.fault).not.toBe('');
  });

  it('refuses several, equal or not', () => {
    const fault = [-400, 'there are several Content-Length fields'];
    expect(faultOf('Content-Length: 5', 'Content-Length: 5')).toEqual(fault);
    expect(faultOf('Content-Length: 5', 'A: b', 'content-length: 6')).toEqual(fault);
    expect(faultOf('Content-Length: 0', 'Content-Length: 0')).toEqual(fault);
  });

  it('is unknown without the field', () => {
    expect(request(requestWith()).head.contentLength).toBe(-1);
  });
});

describe('Transfer-Encoding (RFC 9112, 6.1)', () => {
  it.each(['chunked', 'Chunked', 'CHUNKED', '\tchunked  '])('is chunked by %j', (value) => {
    const { head, result } = request(requestWith(`Transfer-Encoding:${value}`));
    expect([result > 0, head.chunked, head.contentLength]).toEqual([true, true, -1]);
  });

  it.each([
    'gzip, chunked',
    'gzip,chunked',
    'gzip\t,\tchunked',
    'identity, chunked',
    'a, b, CHUNKED',
    'xchunked, chunked',
  ])('answers 501 to %j: what is inside is not known', (value) => {
    expect(faultOf(`Transfer-Encoding: ${value}`)).toEqual([-501, 'a transfer coding is not known']);
  });

  it.each([
    '',
    ',',
    'gzip',
    'identity',
    'xchunked',
    'chunkedx',
    'chunke',
    'chunked, chunked',
    'chunked, gzip',
    'chunked,',
    ',chunked',
    ', chunked',
    'gzip,,chunked',
    'gzip chunked',
    'chunked;q=1',
    'gzip;q=1, chunked',
    '"chunked"',
    "'chunked'",
    'chunked\xa0',
    '\xffchunked',
    'chunk ed',
    'chunked chunked',
    'gzip, chunked, gzip',
    'chunked, identity',
    'c\xffhunked',
    'chunKed\x85',
    'ch\xd5nked',
  ])('refuses %j', (value) => {
    expect(faultOf(`Transfer-Encoding: ${value}`)).toEqual([-400, 'Transfer-Encoding is not chunked alone']);
  });

  it.each([
    '\x0bchunked',
    'chunked\x0b',
    '\x0cchunked',
    '\0chunked',
    'chunked\0',
    'chu\x00nked',
    '\x7fchunked',
    'chunked\n',
    'chunked\r',
  ])('refuses the control character in %j', (value) =>
    expect(faultOf(`Transfer-Encoding: ${value}`)).toEqual([-400, 'a field value has a control character']),
  );

  it.each([
    ['Transfer-Encoding : chunked'],
    [' Transfer-Encoding: chunked'],
    ['X: y\nTransfer-Encoding: chunked'],
    ['Transfer-Encoding\x0b: chunked'],
    ['Transfer-Encoding'],
    ['Transfer-Encoding\r\n : chunked'],
    ['Transfer-Encoding:\r\n chunked'],
    ['Transfer-Encoding: chunked\r\n '],
  ])('refuses it hidden as %j', (lines) => expect(request(requestWith(lines)).result).toBe(-400));

  it('refuses several fields, and one beside Content-Length', () => {
    const several = [-400, 'there are several Transfer-Encoding fields'];
    expect(faultOf('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked')).toEqual(several);
    expect(faultOf('Transfer-Encoding: chunked', 'Transfer-Encoding: identity')).toEqual(several);
    expect(faultOf('Transfer-Encoding: identity', 'Transfer-Encoding: chunked')[0]).toBe(-400);
    const both = [-400, 'there are both Content-Length and Transfer-Encoding'];
    expect(faultOf('Transfer-Encoding: chunked', 'Content-Length: 5')).toEqual(both);
    expect(faultOf('Content-Length: 0', 'Transfer-Encoding: chunked')).toEqual(both);
    expect(faultOf('Content-Length: 0', 'Transfer-Encoding: gzip, chunked')).toEqual(both);
  });

  it('refuses it on HTTP/1.0', () => {
    const { head, result } = request('POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n');
    expect([result, head.fault]).toEqual([-400, 'Transfer-Encoding on a version before HTTP/1.1']);
  });
});
