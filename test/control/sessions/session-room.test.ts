import { describe, expect, it } from 'vitest';
import { aDataPlane } from '../../support/a-data-plane.ts';
import { TRANSPORTS } from '../../support/an-engine.ts';
import { askRaw } from '../../support/raw-client.ts';
import { startBackend } from '../../support/start-backend.ts';

const HANDLER = `
export default (request, { session }) => {
  const { searchParams } = new URL(request.url);
  const tenant = searchParams.get('tenant');
  if (tenant) session.set('tenant', tenant);
  if (searchParams.has('out')) session.destroy();
  return Response.json({ tenant: session.get('tenant') ?? null });
};
`;

const BY_TENANT = `
export default (servers, { request }) => servers.filter(({ id }) => id === (request.session?.tenant ?? 'nobody'));
`;

const aSite = async (transport: 'raw' | 'net', sessions: object = {}) => {
  const servers = await Promise.all(
    ['red', 'blue', 'nobody'].map(async (id) => {
      const { url } = await startBackend((_, res) => res.end(`<${id}>`));
      return { id, url: String(url) };
    }),
  );
  const proxy = await aDataPlane(
    ({ write }) => {
      write('login.ts', HANDLER);
      write('by-tenant.ts', BY_TENANT);
      return {
        sessions,
        pools: { web: { servers, chain: ['./by-tenant.ts'], whenEmpty: 'refuse' } },
        routes: [
          { path: '/login', handler: './login.ts' },
          { path: '/app', pool: 'web', sessions: true },
          { path: '/plain', pool: 'web' },
        ],
      };
    },
    { transport },
  );
  const ask = (path: string, cookie = ''): Promise<string> =>
    askRaw(
      proxy.port(),
      `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${cookie === '' ? '' : `Cookie: ${cookie}\r\n`}\r\n`,
    );
  return { ...proxy, ask };
};

const cookieIn = (answer: string): string => /^Set-Cookie: ([^;]*)/im.exec(answer)?.[1] ?? '';

describe.each(TRANSPORTS)('sessions over %s', (transport) => {
  it('that a handler has begun are read by candidacy functions', async () => {
    const { ask } = await aSite(transport);
    const cookie = cookieIn(await ask('/login?tenant=red'));
    expect(cookie).toMatch(/^sid=/);
    expect(await ask('/app', cookie)).toContain('<red>');
    expect(await ask('/app')).toContain('<nobody>');
    expect(await ask('/app', 'sid=forged')).toContain('<nobody>');
  });

  it('are for the routes that want them only', async () => {
    const { ask } = await aSite(transport);
    const cookie = cookieIn(await ask('/login?tenant=red'));
    expect(await ask('/plain', cookie)).toContain('<nobody>');
  });

  it('end when they are destroyed', async () => {
    const { ask } = await aSite(transport);
    const cookie = cookieIn(await ask('/login?tenant=red'));
    expect(await ask('/login?out', cookie)).toMatch(/^Set-Cookie: sid=; Path=\/; Max-Age=0/im);
    expect(await ask('/app', cookie)).toContain('<nobody>');
  });

  it('live on through a reload', async () => {
    const { ask, instance } = await aSite(transport);
    const cookie = cookieIn(await ask('/login?tenant=blue'));
    expect(await instance.reload()).toMatchObject({ ok: true });
    expect(await ask('/app', cookie)).toContain('<blue>');
  });

  it('that are kept in a redis that is away are done without', async () => {
    const { ask } = await aSite(transport, {
      store: 'redis',
      url: 'redis://127.0.0.1:1',
      secret: '0123456789abcdef',
    });
    const cookie = cookieIn(await ask('/login?tenant=red'));
    expect(cookie).toMatch(/^sid=/);
    expect(await ask('/app', cookie)).toContain('<red>');
    const other = await aSite(transport, {
      store: 'redis',
      url: 'redis://127.0.0.1:1',
      secret: '0123456789abcdef',
    });
    expect(await other.ask('/app', cookie)).toContain('<nobody>');
  });
});
