import { expect, it } from 'vitest';
import { newSessionId, sessionCookie, sessionIdIn } from '../../src/sessions/session-ids.ts';

const SECRETS = ['0123456789abcdef-new', '0123456789abcdef-old'] as const;

it('a cookie of ours holds its id', () => {
  const id = newSessionId();
  expect(Buffer.from(id, 'base64url')).toHaveLength(16);
  expect(sessionIdIn(sessionCookie(id, SECRETS), SECRETS)).toBe(id);
});

it('ids are never the same', () => {
  expect(new Set(Array.from({ length: 1000 }, newSessionId)).size).toBe(1000);
});

it('a cookie of an older secret still counts, one of another secret does not', () => {
  const id = newSessionId();
  expect(sessionIdIn(sessionCookie(id, [SECRETS[1]]), SECRETS)).toBe(id);
  expect(sessionIdIn(sessionCookie(id, ['0123456789abcdef-else']), SECRETS)).toBeUndefined();
});

it('forged cookies hold nothing', () => {
  const cookie = sessionCookie(newSessionId(), SECRETS);
  const [id = '', mark = ''] = cookie.split('.');
  const other = newSessionId();
  const forged = [
    undefined,
    '',
    id,
    `${id}.`,
    `.${mark}`,
    `${other}.${mark}`,
    `${id}.${mark.slice(1)}A`,
    `${id}.${'A'.repeat(43)}`,
    `${cookie}x`,
    ` ${cookie}`,
    `"${cookie}"`,
    `${id}.${mark}.${mark}`,
    'x'.repeat(100_000),
  ];
  for (const value of forged) expect(sessionIdIn(value, SECRETS)).toBeUndefined();
});
