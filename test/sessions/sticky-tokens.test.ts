import { describe, expect, it } from 'vitest';
import type { Secrets } from '../../src/sessions/secrets.ts';
import { StickyTokens } from '../../src/sessions/sticky-tokens.ts';

const SETTINGS = { cookie: 'fh-web', path: '/', sameSite: 'Lax', secure: 'auto', httpOnly: true } as const;
const SERVERS = [{ id: 'a' }, { id: '10.0.0.7:80' }];

const tokens = (secrets: Secrets = ['0123456789abcdef'], pool = 'web', more = {}) =>
  new StickyTokens(pool, { ...SETTINGS, ...more }, secrets);

const tokenIn = (line: string | undefined): string => /=([^;]+)/.exec(line ?? '')?.[1] ?? '';
const tokenOf = (of: StickyTokens, server = SERVERS[0] ?? { id: '' }): string =>
  tokenIn(of.line(server, undefined, false));

describe('the cookie of a server', () => {
  it('names it to us and to nobody else', () => {
    const ours = tokens();
    const token = tokenOf(ours, SERVERS[1]);
    expect(ours.idOf(token, SERVERS)).toBe('10.0.0.7:80');
    expect(token).toMatch(/^[\w-]{22}$/);
    expect(Buffer.from(token, 'base64url').toString('latin1')).not.toContain('10.0');
  });

  it('is the same in every process with the secret, from the first request on', () => {
    const token = tokenOf(tokens());
    expect(tokenOf(tokens())).toBe(token);
    expect(tokens().idOf(token, SERVERS)).toBe('a');
  });

  it('is another one for another pool, server or secret', () => {
    const all = [
      tokenOf(tokens()),
      tokenOf(tokens(undefined, 'api')),
      tokenOf(tokens(), SERVERS[1]),
      tokenOf(tokens(['fedcba9876543210'])),
    ];
    expect(new Set(all).size).toBe(4);
    expect(tokens().idOf(all[1] ?? '', SERVERS)).toBeUndefined();
    expect(tokens().idOf(all[3] ?? '', SERVERS)).toBeUndefined();
  });

  it('is set only where the client has not shown it', () => {
    const ours = tokens();
    const token = tokenOf(ours);
    expect(ours.line({ id: 'a' }, token, false)).toBeUndefined();
    expect(ours.line({ id: 'a' }, 'other', false)).toBe(
      `Set-Cookie: fh-web=${token}; Path=/; HttpOnly; SameSite=Lax\r\n`,
    );
    expect(ours.cookie({ id: 'a' }, undefined, true)).toBe(
      `fh-web=${token}; Path=/; HttpOnly; Secure; SameSite=Lax`,
    );
  });

  it('is replaced when its secret is an old one, but still known', () => {
    const old = tokenOf(tokens(['0123456789abcdef']));
    const rotated = tokens(['new-0123456789abcdef', '0123456789abcdef']);
    expect(rotated.idOf(old, SERVERS)).toBe('a');
    expect(tokenIn(rotated.line({ id: 'a' }, old, false))).toBe(tokenOf(tokens(['new-0123456789abcdef'])));
  });

  it('can be kept by browsers', () => {
    expect(tokens(undefined, 'web', { maxAge: 3600 }).line({ id: 'a' }, undefined, false)).toContain(
      '; Max-Age=3600;',
    );
  });

  it('is known of servers that come later, and any number of them', () => {
    const ours = tokens();
    expect(ours.idOf('x', SERVERS)).toBeUndefined();
    for (let i = 0; i < 5000; i++) ours.idOf('x', [{ id: `s${i}` }]);
    expect(ours.idOf('x', SERVERS)).toBeUndefined();
    expect(ours.idOf(tokenOf(tokens(), { id: 's4999' }), [{ id: 's4999' }])).toBe('s4999');
  });
});
