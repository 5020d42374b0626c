import { beforeAll, describe, expect, it } from 'vitest';
import { adminRoutes } from '../../src/control/admin/admin-routes.ts';
import { fakeParts } from '../control/fake-views.ts';
import { aGuardedAdmin, aHash, basic, bearer, type GuardedAdmin } from './a-guarded-admin.ts';

const READ = 'a-token-that-may-look-only';
const WRITE = 'a-token-that-may-do-it-all';

let AUTH = '';
beforeAll(async () => {
  AUTH = `adminAuth:
  basic: { realm: "the proxy", users: [{ name: ops, hash: "${await aHash('the passw\u00f6rd')}" }, { name: eve, hash: "${await aHash('second')}", scope: read }] }
  bearer: [{ name: prometheus, token: ${READ} }, { name: ci, token: ${WRITE}, scope: write }]
`;
});
const TOKENS_ALONE = `adminAuth: { bearer: [{ name: prometheus, token: ${READ} }, { name: ci, token: ${WRITE}, scope: write }] }`;

/** Every path with every method, a part of a path that has a name filled in. */
const allRoutes = [...adminRoutes(fakeParts())].flatMap(([path, routes]) =>
  routes.map(({ method, changes }) => ({ path: path.replace(/\{\w+\}/g, 'web-1'), method, changes })),
);
const isOpen = (path: string): boolean => path === '/livez' || path === '/readyz';
/** The paths that show who asks, rather than ask for it. */
const isSession = ({ path, method }: { path: string; method: string }): boolean =>
  path === '/api/v1/session' && method !== 'GET';

const askRoute = (admin: GuardedAdmin, { path, method }: (typeof allRoutes)[number], headers = {}) =>
  method === 'GET'
    ? // The feed goes on and on for who takes anything.
      admin.ask(path, { headers: { accept: 'application/json', ...headers } })
    : admin.post(path, {}, { method, headers });

describe('without credentials', () => {
  it('nothing but /livez and /readyz is answered, on no path and by no method', async () => {
    const admin = await aGuardedAdmin(AUTH);
    expect(allRoutes.length).toBeGreaterThan(20);
    for (const route of allRoutes.filter((one) => !isSession(one))) {
      const { status, headers, text } = await askRoute(admin, route);
      expect(status, `${route.method} ${route.path}`).toBe(isOpen(route.path) ? 200 : 401);
      if (isOpen(route.path)) continue;
      expect(headers['www-authenticate']).toBe(
        'Basic realm="the proxy", charset="UTF-8", Bearer realm="the proxy"',
      );
      expect(JSON.parse(text).error.code).toBe('no_credentials');
    }
    expect((await admin.ask('/')).status).toBe(401);
    expect((await admin.ask('/', { method: 'HEAD' })).status).toBe(401);
  });

  it('the page comes where tokens alone are taken, since it asks for one; nothing else does', async () => {
    const admin = await aGuardedAdmin(TOKENS_ALONE);
    expect(await admin.ask('/')).toMatchObject({ status: 200, text: '<p>page' });
    expect((await admin.ask('/metrics')).status).toBe(401);
    expect((await admin.ask('/api/v1/servers')).headers['www-authenticate']).toBe('Bearer realm="forehand"');
  });

  it('403 is answered where no field would help', async () => {
    const admin = await aGuardedAdmin('adminAuth: { proxy: { from: [10.0.0.1] } }');
    const { status, headers } = await admin.ask('/api/v1/servers');
    expect(status).toBe(403);
    expect(headers).not.toHaveProperty('www-authenticate');
  });

  it('everything is done where nobody is asked, as ever', async () => {
    const admin = await aGuardedAdmin('');
    expect((await admin.post('/api/v1/reload', {})).status).toBe(200);
    expect(JSON.parse((await admin.ask('/api/v1/session')).text)).toEqual({
      name: null,
      scope: 'write',
      by: 'none',
    });
  });
});

describe('the scope read', () => {
  it.each([
    ['a token', () => bearer(READ)],
    ['a user', () => basic('eve', 'second')],
  ])('of %s looks at everything and changes nothing, on every path', async (_, credentials) => {
    const admin = await aGuardedAdmin(AUTH);
    for (const route of allRoutes.filter((one) => !isSession(one))) {
      const { status, text } = await askRoute(admin, route, credentials());
      const what = `${route.method} ${route.path}`;
      if (route.changes) {
        expect(status, what).toBe(403);
        expect(JSON.parse(text).error).toEqual({
          code: 'small_scope',
          message: 'this needs the scope "write", and yours is "read"',
        });
      } else expect([401, 403, 429], what).not.toContain(status);
    }
  });

  it('is enough for explain', async () => {
    const admin = await aGuardedAdmin(AUTH);
    expect((await admin.post('/api/v1/explain', { url: '/' }, { headers: bearer(READ) })).status).toBe(200);
  });
});

describe('the scope write', () => {
  it.each([
    ['a token', () => bearer(WRITE), 'ci', 'bearer'],
    ['a user', () => basic('ops', 'the passw\u00f6rd'), 'ops', 'basic'],
  ])('of %s does everything, and it is told who did', async (_, credentials, name, by) => {
    const orders: unknown[] = [];
    const admin = await aGuardedAdmin(AUTH, {
      parts: {
        setServer: async (order) => {
          orders.push(order);
          return { code: 'unknown', message: 'none' };
        },
      },
    });
    const session = await admin.ask('/api/v1/session', { headers: credentials() });
    expect(JSON.parse(session.text)).toEqual({ name, scope: 'write', by });
    expect((await admin.post('/api/v1/reload', {}, { headers: credentials() })).status).toBe(200);
    await admin.post('/api/v1/servers/set', { server: 'a', state: 'drain' }, { headers: credentials() });
    await admin.post('/api/v1/servers/a/state', { state: 'maint' }, { headers: credentials() });
    expect(orders).toEqual([
      { server: 'a', state: 'drain', by: name },
      { server: 'a', state: 'maint', by: name },
    ]);
    expect(admin.events).toEqual([
      `admin_change admin: "${name}" (${by}, 127.0.0.1) asked for POST /api/v1/reload`,
      `admin_change admin: "${name}" (${by}, 127.0.0.1) asked for POST /api/v1/servers/set`,
      `admin_change admin: "${name}" (${by}, 127.0.0.1) asked for POST /api/v1/servers/a/state`,
    ]);
  });
});

describe('wrong credentials', () => {
  it.each([
    ['a wrong password', () => basic('ops', 'the password')],
    ['an unknown user', () => basic('opsi', 'the passw\u00f6rd')],
    ['a user without password', () => basic('ops', '')],
    ['a user with the hash itself', () => basic('ops', AUTH.split('"')[3] ?? '')],
    ['an unknown token', () => bearer('a-token-that-may-look-onlz')],
    ['a token with more behind it', () => bearer(`${READ}x`)],
    ['a part of a token', () => bearer(READ.slice(0, -1))],
    ['a token as password', () => basic('ci', WRITE)],
    ['a password as token', () => bearer('second')],
    ['another scheme', () => ({ authorization: `Digest ${WRITE}` })],
    ['a scheme alone', () => ({ authorization: 'Bearer' })],
    ['broken base64', () => ({ authorization: 'Basic %%%' })],
    ['no colon', () => ({ authorization: `Basic ${Buffer.from('ops').toString('base64')}` })],
    ['control characters', () => basic('ops\n', 'x\r\ny')],
  ])('such as %s are 401', async (_, headers) => {
    const admin = await aGuardedAdmin(AUTH);
    const { status, text } = await admin.ask('/api/v1/servers', { headers: headers() });
    expect(status).toBe(401);
    expect(JSON.parse(text).error.code).toBe('bad_credentials');
    expect(admin.events).toEqual([
      'admin_refused admin: 127.0.0.1 was refused GET /api/v1/servers: wrong credentials',
    ]);
  });

  it('are told without a path that goes on and on', async () => {
    const admin = await aGuardedAdmin(AUTH);
    await admin.ask(`/api/v1/servers/${'a'.repeat(8000)}`, { headers: bearer('x'.repeat(20)) });
    expect(admin.events).toHaveLength(1);
    expect(admin.events.join().length).toBeLessThan(400);
  });

  it('from one address are ten a minute; then nothing is taken from there, but from elsewhere', async () => {
    const admin = await aGuardedAdmin(AUTH);
    const wrong = { headers: bearer('x'.repeat(20)), from: '127.0.0.9' };
    for (let i = 0; i < 10; i += 1) expect((await admin.ask('/metrics', wrong)).status).toBe(401);
    const { status, headers, text } = await admin.ask('/metrics', wrong);
    expect(status).toBe(429);
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60);
    expect(JSON.parse(text).error.code).toBe('too_many_failures');
    const right = (from: string) => admin.ask('/metrics', { headers: bearer(READ), from });
    expect((await right('127.0.0.9')).status).toBe(429);
    expect((await right('127.0.0.10')).status).toBe(200);
    expect((await admin.post('/api/v1/session', { token: READ }, { from: '127.0.0.9' })).status).toBe(429);
    expect((await admin.ask('/livez', { from: '127.0.0.9' })).status).toBe(200);
  });

  it('are told twenty times a minute at most, and never shown', async () => {
    const admin = await aGuardedAdmin(AUTH);
    for (let i = 0; i < 60; i += 1)
      await admin.ask('/metrics', { headers: basic('ops', `guess-${i}`), from: `127.0.1.${i + 1}` });
    expect(admin.events).toHaveLength(20);
    expect(admin.events.join()).not.toContain('guess');
    expect(admin.events.join()).not.toContain('ops');
  });

  it('beside good ones do no harm', async () => {
    const admin = await aGuardedAdmin(
      `adminAuth: { proxy: { from: [127.0.0.1] }, bearer: [{ name: a, token: ${READ} }] }`,
    );
    const headers = { 'x-forwarded-user': 'ann', ...bearer('of-something-else-behind') };
    expect((await admin.ask('/api/v1/servers', { headers })).status).toBe(200);
  });
});

describe('a reload', () => {
  it('takes other users and tokens at once', async () => {
    const admin = await aGuardedAdmin(TOKENS_ALONE);
    await admin.reload('adminAuth: { bearer: [{ name: new, token: the-token-of-tomorrow }] }');
    expect((await admin.ask('/metrics', { headers: bearer(READ) })).status).toBe(401);
    expect((await admin.ask('/metrics', { headers: bearer('the-token-of-tomorrow') })).status).toBe(200);
  });

  it('without adminAuth opens an address on loopback', async () => {
    const admin = await aGuardedAdmin(TOKENS_ALONE);
    await admin.reload('');
    expect((await admin.ask('/metrics')).status).toBe(200);
  });

  it('without adminAuth does not open an address that others reach: it waits for the restart with the address', async () => {
    const admin = await aGuardedAdmin(TOKENS_ALONE, { admin: '0.0.0.0:0' });
    await expect(admin.reload('')).rejects.toThrow('is open to others');
    await admin.reload('').catch(() => undefined);
    expect((await admin.ask('/metrics')).status).toBe(401);
  });
});

describe('an address for all', () => {
  it('is known by every address of this machine that is connected to, and by its names', async () => {
    const admin = await aGuardedAdmin(`${TOKENS_ALONE}\nadminHosts: [Proxy.example, "[fd00::7]"]`, {
      admin: '0.0.0.0:0',
    });
    const ask = async (host: string) => (await admin.ask('/livez', { headers: { host } })).status;
    expect(await ask(`127.0.0.1:${admin.port}`)).toBe(200);
    expect(await ask('proxy.example')).toBe(200);
    expect(await ask('[fd00::7]:9090')).toBe(200);
    expect(await ask('192.0.2.7')).toBe(421);
    expect(await ask('evil.example')).toBe(421);
  });
});
