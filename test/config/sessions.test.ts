import { describe, expect, it } from 'vitest';
import { shownConfig } from '../../src/config/shown/shown-config.ts';
import { aConfig, problemsOf } from './sessions-support.ts';

const SECRET = '0123456789abcdef';
const POOL = 'pools: { web: { servers: ["http://127.0.0.1:3001"] } }';
const sticky = (text: string): string =>
  `pools: { web: { servers: ["http://127.0.0.1:3001"], sticky: ${text} } }`;

describe('`sessions`', () => {
  it('has defaults', async () => {
    const { sessions } = await aConfig(`${POOL}\nsessions: {}`);
    expect(sessions).toEqual({
      cookie: 'sid',
      ttl: 1_800_000,
      store: 'memory',
      secrets: [],
      secure: 'auto',
      sameSite: 'Lax',
      path: '/',
      maxEntries: 100_000,
      maxBytes: 4096,
    });
    expect((await aConfig(POOL)).sessions).toBeUndefined();
  });

  it('takes one secret, several, or a file of them', async () => {
    const several = await aConfig(`${POOL}\nsessions: { secret: [${SECRET}-new, ${SECRET}] }`);
    expect(several.sessions?.secrets).toEqual([`${SECRET}-new`, SECRET]);
    expect((await aConfig(`${POOL}\nsessions: { secret: ${SECRET} }`)).sessions?.secrets).toEqual([SECRET]);
    const file = await aConfig(`${POOL}\nsessions: { secretFile: s }`, { s: `${SECRET}-a\n\n${SECRET}-b\n` });
    expect(file.sessions?.secrets).toEqual([`${SECRET}-a`, `${SECRET}-b`]);
  });

  it.each([
    ['sessions: { secret: short }', /a secret has at least 16 characters/],
    ['sessions: { secretFile: s }', /s: a secret has 16 to 1024/],
    [`sessions: { secret: ${SECRET}, secretFile: s }`, /both `secret` and `secretFile`/],
    ['sessions: { cookie: "a b" }', /expected the name of a cookie/],
    ['sessions: { maxBytes: 1B }', /expected 64B to 1MiB/],
    ['sessions: { store: redis }', /needs `url`, here or in `state`/],
    ['sessions: { url: "redis://127.0.0.1" }', /`url` is for `store: redis`/],
    ['sessions: { sameSite: None, secure: false }', /browsers take no cookie/],
    ['sessions: { stores: redis }', /unknown key `stores`/],
    ['routes: [{ pool: web, sessions: true }]', /there is no `sessions`/],
  ])('is refused: %s', async (text, message) => {
    const problems = await problemsOf(`${POOL}\n${text}`, { s: 'short' });
    expect(problems.errors.join('\n')).toMatch(message);
    expect(problems.errors.join('\n')).not.toContain(SECRET);
  });

  it.each([
    [`sessions: { secret: ${SECRET} }\nworkers: 4`, /each worker has sessions of its own/],
    ['sessions: { store: redis, url: "redis://127.0.0.1" }', /without a secret each proxy makes one up/],
    ['sessions: {}\nstate: { driver: redis, url: "redis://127.0.0.1" }', /without a secret each proxy/],
  ])('is worth a warning: %s', async (text, message) => {
    const { errors, warnings } = await problemsOf(`${POOL}\n${text}`);
    expect(errors).toEqual([]);
    expect(warnings.join('\n')).toMatch(message);
  });

  it('never shows a secret', async () => {
    const url = 'redis://user:hidden-word@127.0.0.1:6379/0';
    const config = await aConfig(`${POOL}\nsessions: { store: redis, url: "${url}", secret: ${SECRET} }`);
    const shown = JSON.stringify(shownConfig(config));
    expect(shown).not.toContain(SECRET);
    expect(shown).not.toContain('hidden-word');
    expect(shown).toContain('"secret":"***"');
  });
});

describe('`sticky`', () => {
  it('has defaults', async () => {
    const { pools } = await aConfig(sticky('{}'));
    expect(pools['web']?.sticky).toEqual({
      secrets: [],
      secure: 'auto',
      sameSite: 'Lax',
      path: '/',
      httpOnly: true,
      onLost: 'rechoose',
    });
  });

  it('reads its secret from a file, and never shows it', async () => {
    const config = await aConfig(sticky('{ secretFile: s }'), { s: SECRET });
    expect(config.pools['web']?.sticky?.secrets).toEqual([SECRET]);
    const shown = JSON.stringify(shownConfig(config));
    expect(shown).not.toContain(SECRET);
    expect(shown).toContain('"secretFile":"s"');
  });

  it.each([
    [sticky('{ onLost: refused }'), /`refuse`/],
    [sticky('{ path: app }'), /expected a path that starts with \//],
    [sticky('{ path: "/a;b" }'), /expected a path that starts with \//],
    [`${sticky('{ cookie: sid }')}\nsessions: {}`, /the cookie `sid` is that of `sessions` already/],
    [
      'pools: { a: { servers: ["http://127.0.0.1:1"], sticky: { cookie: x } }, b: { servers: ["http://127.0.0.1:2"], sticky: { cookie: x } } }\nroutes: [{ pool: a }, { path: /b, pool: b }]',
      /the cookie `x` is that of `pools.a` already/,
    ],
  ])('is refused: %s', async (text, message) => {
    expect((await problemsOf(text)).errors.join('\n')).toMatch(message);
  });

  it('warns where other proxies would take its cookies for forged', async () => {
    const { warnings } = await problemsOf(
      `${sticky('{}')}\nstate: { driver: redis, url: "redis://127.0.0.1" }`,
    );
    expect(warnings.join('\n')).toMatch(/without a secret each proxy makes one up/);
  });
});
