import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/sessions/memory-store.ts';
import type { Secrets } from '../../src/sessions/secrets.ts';
import type { SessionStore } from '../../src/sessions/session-store.ts';
import { type SessionSettings, Sessions } from '../../src/sessions/sessions.ts';
import { aRequest } from '../../src/testing/make.ts';

const SECRETS: Secrets = ['0123456789abcdef'];
const SETTINGS: SessionSettings = {
  ...{ cookie: 'sid', path: '/', sameSite: 'Lax', secure: 'auto', httpOnly: true, maxBytes: 200 },
  secrets: SECRETS,
};

const someSessions = (more: Partial<SessionSettings> = {}) => {
  const clock = { now: 0 };
  const store = new MemoryStore({ ttl: 1000, maxEntries: 100, now: () => clock.now });
  return { clock, store, sessions: new Sessions(store, { ...SETTINGS, ...more }) };
};

/** The pair of a Set-Cookie, as a client sends it back. */
const pairOf = (setCookie: string | undefined): string => (setCookie ?? '').split(';')[0] ?? '';

const begin = async (sessions: Sessions, values: Readonly<Record<string, unknown>>): Promise<string> => {
  const { session, finish } = opened(await sessions.open(undefined, false));
  for (const [key, value] of Object.entries(values)) session.set(key, value);
  return pairOf(finish());
};

const opened = (open: Awaited<ReturnType<Sessions['open']>>) => ({
  session: open.session,
  finish: () => open.finish(),
});

describe('a session', () => {
  it('is kept, and its cookie set once', async () => {
    const { sessions } = someSessions();
    const first = await sessions.open('other=1', false);
    first.session.set('user', { name: 'ada' });
    const cookie = first.finish();
    expect(cookie).toMatch(/^sid=[\w-]{22}\.[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
    const second = await sessions.open(`other=1; ${pairOf(cookie)}`, false);
    expect(second.session.get('user')).toEqual({ name: 'ada' });
    second.session.set('n', 1);
    expect(second.finish()).toBeUndefined();
    expect((await sessions.open(pairOf(cookie), false)).session.get('n')).toBe(1);
  });

  it('begins with the first value, not before', async () => {
    const { sessions, store } = someSessions();
    const open = await sessions.open(undefined, false);
    expect(open.session.get('x')).toBeUndefined();
    open.session.delete('x');
    expect(open.finish()).toBeUndefined();
    expect(store.size).toBe(0);
  });

  it('has a cookie for https only where the client came by that, or always, or never', async () => {
    const cookieFor = async (secure: 'auto' | boolean, isHttps: boolean) => {
      const open = await someSessions({ secure }).sessions.open(undefined, isHttps);
      open.session.set('a', 1);
      return open.finish()?.includes('; Secure');
    };
    expect(await cookieFor('auto', true)).toBe(true);
    expect(await cookieFor('auto', false)).toBe(false);
    expect(await cookieFor(true, false)).toBe(true);
    expect(await cookieFor(false, true)).toBe(false);
  });

  it('is forgotten after its time, counted from its last use', async () => {
    const { sessions, clock } = someSessions();
    const cookie = await begin(sessions, { a: 1 });
    for (let i = 0; i < 5; i++) {
      clock.now += 900;
      expect((await sessions.open(cookie, false)).session.get('a')).toBe(1);
    }
    clock.now += 1000;
    expect((await sessions.open(cookie, false)).session.get('a')).toBeUndefined();
  });

  it('that was forgotten gets another id', async () => {
    const { sessions, clock } = someSessions();
    const cookie = await begin(sessions, { a: 1 });
    clock.now += 1000;
    const open = await sessions.open(cookie, false);
    open.session.set('a', 2);
    const next = pairOf(open.finish());
    expect(next).not.toBe('');
    expect(next).not.toBe(cookie);
  });

  it('that is destroyed is gone, and the client is told to forget its cookie', async () => {
    const { sessions, store } = someSessions();
    const cookie = await begin(sessions, { a: 1 });
    const open = await sessions.open(cookie, false);
    open.session.destroy();
    expect(open.session.get('a')).toBeUndefined();
    expect(open.finish()).toBe('sid=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax');
    expect(store.size).toBe(0);
  });

  it('that is destroyed and begun anew has another id: for a login', async () => {
    const { sessions } = someSessions();
    const cookie = await begin(sessions, { a: 1 });
    const open = await sessions.open(cookie, false);
    open.session.destroy();
    open.session.set('user', 'ada');
    const next = pairOf(open.finish());
    expect(next).not.toBe(cookie);
    expect((await sessions.open(cookie, false)).session.get('a')).toBeUndefined();
    expect((await sessions.open(next, false)).session.get('user')).toBe('ada');
  });

  it('that was forged is none', async () => {
    const { sessions, store } = someSessions();
    const cookie = await begin(sessions, { a: 1 });
    const other = new Sessions(store, { ...SETTINGS, secrets: ['fedcba9876543210'] });
    for (const value of [`${cookie}x`, cookie.replace('.', ''), 'sid=x', 'sid='])
      expect((await sessions.open(value, false)).session.get('a')).toBeUndefined();
    expect((await other.open(cookie, false)).session.get('a')).toBeUndefined();
  });

  it('refuses what JSON cannot say and what is too large, and stays as it was', async () => {
    const { sessions } = someSessions();
    const { session } = await sessions.open(undefined, false);
    session.set('a', 1);
    expect(() => session.set('f', () => 1)).toThrow('JSON cannot say the value of "f"');
    expect(() => session.set('n', 1n)).toThrow(TypeError);
    expect(() => session.set('big', 'x'.repeat(200))).toThrow('more than maxBytes, 200');
    expect([session.get('a'), session.get('f'), session.get('big')]).toEqual([1, undefined, undefined]);
  });

  it('takes keys such as __proto__ as keys', async () => {
    const { sessions } = someSessions();
    const open = await sessions.open(undefined, false);
    open.session.set('__proto__', { admin: true });
    open.session.set('a', 1);
    expect(open.session.get('admin')).toBeUndefined();
    expect(open.session.get('toString')).toBeUndefined();
    expect(open.session.get('__proto__')).toEqual({ admin: true });
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('gives frozen values that are copies', async () => {
    const { sessions } = someSessions();
    const { session } = await sessions.open(undefined, false);
    const given = { list: [1] };
    session.set('a', given);
    given.list.push(2);
    const got = session.get('a') as { list: number[] };
    expect(got).toEqual({ list: [1] });
    expect(() => got.list.push(3)).toThrow(TypeError);
  });
});

describe('before a decision', () => {
  it('the data is put onto the request at once where it is known', async () => {
    const { sessions } = someSessions();
    const cookie = await begin(sessions, { tenant: 'red' });
    const request = aRequest({ headers: { cookie } });
    expect(sessions.waits(request, () => undefined)).toBe(false);
    expect(request.session).toEqual({ tenant: 'red' });
    expect(Object.isFrozen(request.session)).toBe(true);
  });

  it('nothing is waited for without a cookie, or with one that is forged', () => {
    const { sessions } = someSessions();
    for (const headers of [{}, { cookie: 'sid=x' }]) {
      const request = aRequest({ headers });
      expect(sessions.waits(request, () => undefined)).toBe(false);
      expect(request.session).toBeUndefined();
    }
  });

  it('the request waits where the data has to be loaded', async () => {
    const { sessions: signer } = someSessions();
    const cookie = await begin(signer, { a: 1 });
    const store: SessionStore = {
      peek: () => undefined,
      load: async () => ({ tenant: 'red' }),
      save: () => undefined,
      remove: () => undefined,
      close: async () => undefined,
    };
    const request = aRequest({ headers: { cookie } });
    await new Promise<void>((go) => expect(new Sessions(store, SETTINGS).waits(request, go)).toBe(true));
    expect(request.session).toEqual({ tenant: 'red' });
  });
});
