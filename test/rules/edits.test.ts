import { describe, expect, it } from 'vitest';
import { compileEdits } from '../../src/rules/edits.ts';
import { refusedField } from '../../src/rules/header-names.ts';
import { unknownPlaceholder } from '../../src/rules/template.ts';
import { aRequest } from './support.ts';

const NONE = { set: {}, add: {}, remove: [] };

describe('edits of header fields', () => {
  it('remove what is set anew too, and put in what the request says', () => {
    const edits = compileEdits([
      {
        set: { 'X-Client': '{clientIp} by {scheme}' },
        add: { 'X-More': ['a', '{path}'] },
        remove: ['X-Bad'],
      },
    ]);
    expect([...(edits?.removes ?? [])]).toEqual(['x-client', 'x-bad']);
    expect(edits?.lines(aRequest({ path: '/p' }))).toBe(
      'X-Client: 192.0.2.1 by http\r\nX-More: a\r\nX-More: /p\r\n',
    );
  });

  it('are those of the host before those of the location, which undo them', () => {
    const edits = compileEdits([
      { ...NONE, set: { A: '1', B: '1' }, add: { C: ['1'], D: ['1'] } },
      { ...NONE, set: { a: '2' }, add: { d: ['2'] }, remove: ['c'] },
    ]);
    expect(edits?.lines(aRequest())).toBe('B: 1\r\nD: 1\r\na: 2\r\nd: 2\r\n');
  });

  it('cannot be made to write a line of their own by what a client says', () => {
    const edits = compileEdits([{ ...NONE, set: { A: '{path} {requestId}' } }]);
    const request = aRequest({ path: '/\r\nB: 1', headers: { 'x-request-id': 'x\r\nC: 1' } });
    expect(edits?.lines(request)).toBe('A: /%0D%0AB: 1 x%0D%0AC: 1\r\n');
  });

  it('are none where nothing is said', () => expect(compileEdits([NONE])).toBeUndefined());
});

describe('a field that rules may not change', () => {
  it.each(['Content-Length', 'transfer-encoding', 'Host', 'Connection', 'X-Forwarded-Whatever', 'Via', 'TE'])(
    'is %s',
    (name) => expect(refusedField(name)).toBeTypeOf('string'),
  );
  it.each(['Set-Cookie', 'Server', 'X-Frame-Options'])('is not %s', (name) =>
    expect(refusedField(name)).toBeUndefined(),
  );
});

it('finds the first placeholder that is not known', () => {
  expect(unknownPlaceholder('{a} {b}', ['a'])).toBe('b');
  expect(unknownPlaceholder('{a} text', ['a'])).toBeUndefined();
});
