import { describe, expect, it } from 'vitest';
import { reasonOf, responseFields } from '../../src/middleware/response-fields.ts';
import { anIncoming } from '../support/an-incoming.ts';

it('passes fields on in order, repeats kept, connection fields dropped, ours in place of theirs', () => {
  const fields = [
    'Set-Cookie: a=1',
    'X-A: 1',
    'set-cookie: b=2',
    'Connection: close, X-Hop',
    'X-Hop: 1',
    'Keep-Alive: timeout=5',
    'Transfer-Encoding: chunked',
    'x-request-id: theirs',
    'constructor: c',
    '__proto__: p',
  ];
  const passed = responseFields(anIncoming({ fields }), { 'X-Request-Id': 'ours' });
  expect(Object.entries(passed ?? {})).toEqual([
    ['Set-Cookie', ['a=1', 'b=2']],
    ['X-A', '1'],
    ['constructor', 'c'],
    ['__proto__', 'p'],
    ['X-Request-Id', 'ours'],
  ]);
});

it('our Server-Timing stands behind that of the server', () => {
  const answer = anIncoming({ fields: ['server-timing: db;dur=5', 'X-Request-Id: theirs'] });
  const passed = responseFields(answer, { 'X-Request-Id': 'ours', 'Server-Timing': 'forehand' });
  expect({ ...passed }).toEqual({ 'server-timing': ['db;dur=5', 'forehand'], 'X-Request-Id': 'ours' });
});

it('what only we may tell is not passed on', () => {
  const answer = anIncoming({
    fields: ['x-forehand-decision: {}', 'endpoint-load-metrics: eps=1', 'ETag: x'],
  });
  expect({ ...responseFields(answer, {}) }).toEqual({ ETag: 'x' });
  expect({ ...responseFields(answer, { 'X-Forehand-Decision': 'ours' }) }).toEqual({
    ETag: 'x',
    'X-Forehand-Decision': 'ours',
  });
});

it('a 204 has no length', () => {
  const answer = anIncoming({ status: 204, fields: ['Content-Length: 5', 'ETag: x'] });
  expect({ ...responseFields(answer, {}) }).toEqual({ ETag: 'x' });
});

describe('an answer that cannot be passed on', () => {
  it.each([
    ['a status below 200', { status: 150 }],
    ['a status beyond 999', { status: 1000 }],
    ['status 0', { status: 0 }],
    ['a coding before chunked', { fields: ['Transfer-Encoding: gzip, chunked'] }],
    ['chunked on HTTP/1.0', { version: '1.0', fields: ['Transfer-Encoding: chunked'] }],
    ['xchunked', { fields: ['Transfer-Encoding: xchunked'] }],
    ['a control character', { fields: ['X-A: a\u0001b'] }],
    ['a character beyond a byte', { fields: ['X-A: a\u2028b'] }],
    ['a name that is none', { fields: ['X A: 1'] }],
  ])('%s', (_, facts) => {
    expect(responseFields(anIncoming(facts), {})).toBeUndefined();
  });
});

it.each([
  ['Not Here', 'Not Here'],
  ['caf\xe9', 'caf\xe9'],
  ['', undefined],
  ['a\u0007b', undefined],
  ['a\u2028b', undefined],
])('the reason %j is said as %j', (reason, said) => {
  expect(reasonOf(anIncoming({ reason }))).toBe(said);
});
