import { describe, expect, it } from 'vitest';
import * as kind from '../../src/http1/field-kind.ts';
import { request, requestWith, response, responseWith } from './support.ts';

const optionsOf = (value: string): readonly boolean[] => {
  const { head } = request(requestWith(`Connection: ${value}`));
  return [head.close, head.keepAlive, head.upgrade];
};

const kindsOf = (...lines: readonly string[]): readonly number[] =>
  request(requestWith(...lines))
    .fields.slice(1)
    .map(([, , one]) => one);

describe('Connection (RFC 9110, 7.6.1)', () => {
  it.each([
    ['close', [true, false, false]],
    ['Keep-Alive', [false, true, false]],
    ['Upgrade', [false, false, true]],
    ['keep-alive, upgrade', [false, true, true]],
    ['close,keep-alive', [true, true, false]],
    ['\tclose\t,\tx', [true, false, false]],
    [', ,close,,', [true, false, false]],
    ['', [false, false, false]],
    [' , ', [false, false, false]],
    ['closed', [false, false, false]],
    ['clos', [false, false, false]],
    ['x', [false, false, false]],
  ])('reads %j', (value, options) => expect(optionsOf(value)).toEqual(options));

  it('reads all of several fields', () => {
    const { head } = request(requestWith('Connection: close', 'Connection: upgrade'));
    expect([head.close, head.upgrade]).toEqual([true, true]);
  });

  it.each(['close keep-alive', 'a b', '"close"', 'a;b', '(', 'close;', 'a=b', '\xff', '@'])(
    'refuses %j',
    (value) => {
      const { result, head } = request(requestWith(`Connection: ${value}`));
      expect([result, head.fault]).toEqual([-400, 'a member of Connection is malformed']);
    },
  );

  it('marks the fields that it names, before it and behind it, whatever their case', () => {
    expect(kindsOf('X-A: 1', 'x-b: 2', 'Connection: x-a, X-B, Not-There', 'x-A: 3', 'X-AB: 4')).toEqual([
      kind.NOMINATED,
      kind.NOMINATED,
      kind.CONNECTION,
      kind.NOMINATED,
      kind.PLAIN,
    ]);
  });

  it('marks fields that have a kind, too, all but Upgrade and itself', () => {
    expect(
      kindsOf(
        'Connection: upgrade, via, te, connection, a_b',
        'Upgrade: websocket',
        'Via: 1.1 a',
        'TE: trailers',
        'A_B: c',
      ),
    ).toEqual([kind.CONNECTION, kind.UPGRADE, kind.NOMINATED, kind.NOMINATED, kind.NOMINATED]);
  });

  it('marks nothing for close, keep-alive and upgrade alone', () => {
    expect(kindsOf('Connection: close, keep-alive, upgrade', 'Close: 1', 'Keep-Alive: timeout=5')).toEqual([
      kind.CONNECTION,
      kind.PLAIN,
      kind.KEEP_ALIVE,
    ]);
  });

  it.each([
    'Host',
    'content-length',
    'Transfer-Encoding',
    'X-Forwarded-For',
    'x-forwarded-anything',
    'Forwarded',
    'X-Real-IP',
    'X-Request-Id',
    'Cookie',
    'Authorization',
  ])('must not name %s in a request', (name) => {
    for (const value of [name, `close, ${name}`, `${name},x`, `,,${name.toUpperCase()} `]) {
      const { result, head } = request(requestWith(`Connection: ${value}`));
      expect([result, head.fault]).toEqual([-400, 'Connection names a field that must not be removed']);
    }
  });

  it('has an end to its members', () => {
    const members = (count: number): string => Array.from({ length: count }, (_, i) => `x${i}`).join(',');
    expect(request(requestWith(`Connection: ${members(32)}`)).result).toBeGreaterThan(0);
    expect(request(requestWith(`Connection: ${members(33)}`)).result).toBe(-400);
    expect(request(requestWith(`Connection: ${members(32)}`, 'Connection: y')).result).toBe(-400);
    expect(response(responseWith(`Connection: ${members(33)}`)).result).toBe(-502);
  });

  it('of a response never takes away framing, and may have members that are no tokens', () => {
    const { head, fields } = response(
      responseWith(
        'Connection: a b, Content-Length, "x", close, date',
        'Content-Length: 5',
        'Date: x',
        'Cookie: y',
      ),
    );
    expect([head.close, head.contentLength, head.hasDate]).toEqual([true, 5, false]);
    expect(fields.map(([, , one]) => one)).toEqual([
      kind.CONNECTION,
      kind.CONTENT_LENGTH,
      kind.NOMINATED,
      kind.COOKIE,
    ]);
    const chunked = response(
      responseWith('Transfer-Encoding: chunked', 'Connection: Transfer-Encoding, keep-alive'),
    );
    expect([chunked.head.chunked, chunked.head.keepAlive]).toEqual([true, true]);
    expect(chunked.fields[0]?.[2]).toBe(kind.TRANSFER_ENCODING);
  });
});
