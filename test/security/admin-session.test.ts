import { connect } from 'node:net';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { FeedClient } from '../control/feed/feed-client.ts';
import { aCertificate } from '../support/a-certificate.ts';
import { eventually } from '../support/eventually.ts';
import { type Answered, type Asking, aGuardedAdmin, bearer, type GuardedAdmin } from './a-guarded-admin.ts';

const READ = 'a-token-that-may-look-only';
const WRITE = 'a-token-that-may-do-it-all';
const AUTH = `adminAuth: { bearer: [{ name: eyes, token: ${READ} }, { name: hands, token: ${WRITE}, scope: write }] }`;

afterEach(() => void vi.useRealTimers());

/** What a browser sends besides on a page of this listener. */
const own = (admin: GuardedAdmin): Readonly<Record<string, string>> => ({
  origin: `http://127.0.0.1:${admin.port}`,
  'sec-fetch-site': 'same-origin',
});

const login = (admin: GuardedAdmin, token: string, asking: Asking = {}): Promise<Answered> =>
  admin.post('/api/v1/session', { token }, { ...asking, headers: { ...own(admin), ...asking.headers } });

const cookieOf = ({ headers }: Answered): string => (headers['set-cookie']?.[0] ?? '').split(';', 1)[0] ?? '';

describe('a session', () => {
  it('begins with a token and stands for it, by a cookie that no script and no other site gets', async () => {
    const admin = await aGuardedAdmin(AUTH);
    const answer = await login(admin, READ);
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toEqual({ name: 'eyes', scope: 'read', by: 'session' });
    const [cookie = ''] = answer.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(
      new RegExp(
        `^forehand_session_${admin.port}=[\\w-]{43}; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict$`,
      ),
    );
    expect(cookie + answer.text).not.toContain(READ);
    const headers = { cookie: `other=1; ${cookieOf(answer)}` };
    expect((await admin.ask('/api/v1/servers', { headers })).status).toBe(200);
    expect(JSON.parse((await admin.ask('/api/v1/session', { headers })).text)).toEqual({
      name: 'eyes',
      scope: 'read',
      by: 'session',
    });
    expect((await admin.post('/api/v1/reload', {}, { headers: { ...headers, ...own(admin) } })).status).toBe(
      403,
    );
  });

  it('is sent over TLS only, and for this host only, where there is TLS', async () => {
    const { cert, key } = aCertificate();
    const files = { '/etc/forehand/a.crt': cert, '/etc/forehand/a.key': key };
    const admin = await aGuardedAdmin(`adminTls: { cert: a.crt, key: a.key }\n${AUTH}`, { files });
    const tls = {};
    const headers = { origin: `https://127.0.0.1:${admin.port}` };
    const answer = await admin.post('/api/v1/session', { token: WRITE }, { tls, headers });
    expect(answer.headers['set-cookie']?.[0]).toMatch(
      /^__Host-forehand_session_\d+=.*; Path=\/; .*; Secure; SameSite=Strict$/,
    );
    const cookie = cookieOf(answer);
    expect((await admin.post('/api/v1/reload', {}, { tls, headers: { ...headers, cookie } })).status).toBe(
      200,
    );
  });

  it('is another one each time, whatever cookie came along (fixation)', async () => {
    const admin = await aGuardedAdmin(AUTH);
    const chosen = `forehand_session_${admin.port}=${'a'.repeat(43)}`;
    const first = cookieOf(await login(admin, READ, { headers: { cookie: chosen } }));
    expect(first).not.toBe(chosen);
    expect((await admin.ask('/metrics', { headers: { cookie: chosen } })).status).toBe(401);
    const second = cookieOf(await login(admin, WRITE, { headers: { cookie: first } }));
    expect(second).not.toBe(first);
    // The one before has ended: whoever knew it has nothing.
    expect((await admin.ask('/metrics', { headers: { cookie: first } })).status).toBe(401);
    expect((await admin.ask('/metrics', { headers: { cookie: second } })).status).toBe(200);
  });

  it('ends when it is told to', async () => {
    const admin = await aGuardedAdmin(AUTH);
    const cookie = cookieOf(await login(admin, READ));
    const answer = await admin.ask('/api/v1/session', {
      method: 'DELETE',
      headers: { ...own(admin), cookie },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers['set-cookie']?.[0]).toContain('Max-Age=0');
    expect((await admin.ask('/metrics', { headers: { cookie } })).status).toBe(401);
  });

  it('takes with it what is still watched through it, and nothing of others', async () => {
    const admin = await aGuardedAdmin(AUTH);
    const [mine, other] = [cookieOf(await login(admin, READ)), cookieOf(await login(admin, READ))];
    const url = `http://127.0.0.1:${admin.port}/api/v1/events`;
    const [ends, stays] = [new FeedClient(url, { cookie: mine }), new FeedClient(url, { cookie: other })];
    onTestFinished(() => stays.close());
    await eventually(() => ends.last && stays.last, 'both see something');
    await admin.ask('/api/v1/session', { method: 'DELETE', headers: { ...own(admin), cookie: mine } });
    await eventually(() => ends.ended, 'the feed of the session that was ended is over');
    const seen = stays.named('snapshot').length;
    await eventually(() => stays.named('snapshot').length > seen, 'the other one goes on');
  });

  it('ends after twelve hours', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const admin = await aGuardedAdmin(AUTH);
    const cookie = cookieOf(await login(admin, READ));
    vi.advanceTimersByTime(12 * 3_600_000 - 1);
    expect((await admin.ask('/metrics', { headers: { cookie } })).status).toBe(200);
    vi.advanceTimersByTime(1);
    expect((await admin.ask('/metrics', { headers: { cookie } })).status).toBe(401);
  });

  it('ends with its token, and loses what that may no longer do', async () => {
    const admin = await aGuardedAdmin(AUTH);
    const cookie = cookieOf(await login(admin, WRITE));
    await admin.reload(AUTH.replace('scope: write', 'scope: read'));
    const change = () => admin.post('/api/v1/reload', {}, { headers: { ...own(admin), cookie } });
    expect((await change()).status).toBe(403);
    await admin.reload(AUTH.replace(WRITE, 'another-token-altogether'));
    expect((await change()).status).toBe(401);
  });

  it('is one of a thousand at most', async () => {
    const admin = await aGuardedAdmin(AUTH);
    const first = cookieOf(await login(admin, READ));
    for (let i = 0; i < 1000; i += 1) await login(admin, READ);
    expect((await admin.ask('/metrics', { headers: { cookie: first } })).status).toBe(401);
  }, 60_000);

  it.each([
    ['a wrong token', { token: 'x'.repeat(30) }, 401],
    ['no token', {}, 400],
    ['more than a token', { token: READ, name: 'root' }, 400],
    ['a token that is none', { token: 7 }, 400],
    ['a token of a page', { token: 'x'.repeat(2000) }, 400],
  ])('does not begin with %s', async (_, body, status) => {
    const admin = await aGuardedAdmin(AUTH);
    const answer = await admin.post('/api/v1/session', body);
    expect(answer.status).toBe(status);
    expect(answer.headers).not.toHaveProperty('set-cookie');
  });

  it('begins nowhere that takes no tokens', async () => {
    expect((await (await aGuardedAdmin('')).post('/api/v1/session', { token: READ })).status).toBe(409);
  });
});

describe('changes by a browser with a session (cross-site request forgery)', () => {
  it.each([
    ['that does not say where it comes from', () => ({})],
    ['from another site', () => ({ origin: 'https://evil.example' })],
    ['from another port', () => ({ origin: 'http://127.0.0.1:1' })],
    ['from nowhere', () => ({ origin: 'null' })],
    ['cross-site, as it says', () => ({ 'sec-fetch-site': 'cross-site' })],
    ['of the same site', () => ({ 'sec-fetch-site': 'same-site' })],
    ['typed in', () => ({ 'sec-fetch-site': 'none' })],
  ])('%s are refused', async (_, headers) => {
    let reloads = 0;
    const reload = async () => {
      reloads += 1;
      return { ok: true, text: '', ignored: [] };
    };
    const admin = await aGuardedAdmin(AUTH, { parts: { reload } });
    const cookie = cookieOf(await login(admin, WRITE));
    const answer = await admin.post('/api/v1/reload', {}, { headers: { cookie, ...headers() } });
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.text).error.code).toBe('cross_origin');
    expect(reloads).toBe(0);
    expect(admin.events).toEqual([]);
    expect((await admin.post('/api/v1/reload', {}, { headers: { cookie, ...own(admin) } })).status).toBe(200);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])(
    'as %s, which a form can send, are refused',
    async (type) => {
      const admin = await aGuardedAdmin(AUTH);
      const cookie = cookieOf(await login(admin, WRITE));
      const headers = { cookie, ...own(admin), 'content-type': type };
      expect((await admin.post('/api/v1/reload', '{}', { headers })).status).toBe(415);
    },
  );

  it('cannot log a browser in from another site', async () => {
    const admin = await aGuardedAdmin(AUTH);
    const answer = await login(admin, WRITE, { headers: { origin: 'https://evil.example' } });
    expect(answer.status).toBe(403);
    expect(answer.headers).not.toHaveProperty('set-cookie');
  });

  it('cannot log a browser out from another site', async () => {
    const admin = await aGuardedAdmin(AUTH);
    const cookie = cookieOf(await login(admin, READ));
    const headers = { cookie, origin: 'https://evil.example' };
    expect((await admin.ask('/api/v1/session', { method: 'DELETE', headers })).status).toBe(403);
    expect((await admin.ask('/metrics', { headers: { cookie } })).status).toBe(200);
  });

  it('under another name (DNS rebinding) get nowhere', async () => {
    const admin = await aGuardedAdmin(AUTH);
    const cookie = cookieOf(await login(admin, WRITE));
    const headers = { host: 'evil.example', origin: 'http://evil.example', cookie };
    expect((await admin.post('/api/v1/reload', {}, { headers })).status).toBe(421);
    expect((await admin.ask('/livez', { headers: { host: 'evil.example' } })).status).toBe(421);
  });
});

describe('what is too large or too slow', () => {
  it.each([
    ['a credential', () => bearer('x'.repeat(8000)), 401],
    ['a cookie', () => ({ cookie: `forehand_session=${'x'.repeat(8000)}` }), 401],
    ['a head', () => bearer('x'.repeat(20_000)), 431],
  ])('%s is refused', async (_, headers, status) => {
    const admin = await aGuardedAdmin(AUTH);
    expect((await admin.ask('/metrics', { headers: headers() })).status).toBe(status);
  });

  it('a body is refused before it is read', async () => {
    const admin = await aGuardedAdmin(AUTH);
    expect((await admin.post('/api/v1/session', { token: 'x'.repeat(70_000) })).status).toBe(413);
  });

  it('a head that never ends is given up', async () => {
    const admin = await aGuardedAdmin(AUTH);
    const socket = connect(admin.port, '127.0.0.1');
    let ended = false;
    socket
      .on('error', () => undefined)
      .on('close', () => {
        ended = true;
      });
    socket.resume().write('GET /metrics HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bea');
    await eventually(() => ended, 'the connection is closed', 15_000);
  });
});

describe('paths', () => {
  it.each([
    '/../etc/passwd',
    '/%2e%2e/etc/passwd',
    '/..%2f..%2fetc/passwd',
    '//etc/passwd',
    '/api/v1/../../livez',
    '/livez/',
    '/livez;x',
    '/LIVEZ',
  ])('%s lead nowhere, with and without credentials', async (path) => {
    const admin = await aGuardedAdmin(AUTH);
    expect((await admin.ask(path)).status).not.toBe(200);
    expect((await admin.ask(path, { headers: bearer(WRITE) })).status).toBe(404);
  });
});
