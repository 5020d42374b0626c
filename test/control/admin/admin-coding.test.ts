import { describe, expect, it } from 'vitest';
import { codedAnswer } from '../../../src/control/admin/admin-coding.ts';

const br = Buffer.from('packed');
const answer = { status: 200, contentType: 'text/plain', body: 'plain', br, etag: '"v1"' };
const asked = (headers: Record<string, string>) => codedAnswer({ headers }, answer);

describe('an answer that was packed before', () => {
  it.each(['br', 'gzip, br', 'BR;q=0.5', '*', 'gzip;q=0, br;q=1'])('goes out in brotli for "%s"', (field) => {
    const { body, headers } = asked({ 'accept-encoding': field });
    expect(body).toBe(br);
    expect(headers).toMatchObject({ 'content-encoding': 'br', vary: 'accept-encoding' });
  });

  it.each(['', 'gzip', 'br;q=0', 'br; q=0.000', 'brx', '*;q=0', 'br;q=0, *'])(
    'goes out plain for "%s"',
    (field) => {
      const { body, headers } = asked({ 'accept-encoding': field });
      expect(body).toBe('plain');
      expect(headers['content-encoding']).toBeUndefined();
      expect(headers['vary']).toBe('accept-encoding');
    },
  );
});

describe('an answer with a tag', () => {
  it.each(['"v1"', 'W/"v1"', '"v0", "v1"', '*'])('is 304 without a body for %s', (field) => {
    expect(asked({ 'if-none-match': field })).toMatchObject({ status: 304, body: '' });
  });

  it('is whole for those that have another, and may be kept', () => {
    const { status, body, headers } = asked({ 'if-none-match': '"v0"' });
    expect([status, body]).toEqual([200, 'plain']);
    expect(headers).toMatchObject({ etag: '"v1"', 'cache-control': 'no-cache' });
  });
});

it('an answer with neither goes out as it is', () => {
  const plain = { status: 200, contentType: 'text/plain', body: 'x' };
  const headers = { 'accept-encoding': 'br', 'if-none-match': '*' };
  expect(codedAnswer({ headers }, plain)).toEqual({ status: 200, body: 'x', headers: {} });
});
