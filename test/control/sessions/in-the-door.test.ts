import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createMiddleware } from '../../../src/control/create-middleware.ts';
import { aTree } from '../../local/support.ts';
import { eventually } from '../../support/eventually.ts';
import { startBackend } from '../../support/start-backend.ts';

const HANDLER = `
export default (request, { clientIp, route, session }) => {
  const count = (session?.get('n') ?? 0) + 1;
  session?.set('n', count);
  return Response.json({ url: request.url, clientIp, route, count });
};
`;

/** An application that has the door in front of its own handlers. */
const anApplication = async () => {
  const folder = aTree({ 'h.ts': HANDLER, 'public/a.txt': 'file', 'secret.txt': 'secret' });
  const servers = await Promise.all(
    ['a', 'b'].map(async (id) => {
      const { url } = await startBackend((_, res) => {
        res.setHeader('Set-Cookie', 'own=1');
        res.end(id);
      });
      return { id, url: String(url) };
    }),
  );
  const middleware = await createMiddleware({
    sessions: {},
    pools: { web: { servers, sticky: {} } },
    routes: [
      { path: '/app', pool: 'web' },
      { path: '/files/', files: join(folder, 'public') },
      { path: '/h', name: 'mine', handler: join(folder, 'h.ts') },
    ],
  });
  onTestFinished(() => middleware.close());
  const server = createServer((req, res) => middleware.web(req, res, () => res.end('application')));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const ask = (path: string, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${port}${path}`, { headers });
  return { ask, port, middleware };
};

const pairs = ({ headers }: Response): readonly string[] =>
  headers.getSetCookie().map((cookie) => cookie.split(';')[0] ?? '');

it('the middleware keeps clients on their servers, and the cookies of these', async () => {
  const { ask } = await anApplication();
  const first = await ask('/app');
  const by = await first.text();
  const [own, cookie = ''] = pairs(first);
  expect(own).toBe('own=1');
  expect(cookie).toMatch(/^fh-web=[\w-]{22}$/);
  for (let i = 0; i < 10; i++) {
    const next = await ask('/app', { cookie });
    expect(pairs(next)).toEqual(['own=1']);
    expect(await next.text()).toBe(by);
  }
});

it('the middleware serves files and handlers, and goes on with the application for the rest', async () => {
  const { ask, port } = await anApplication();
  expect(await (await ask('/files/a.txt')).text()).toBe('file');
  expect((await ask('/files/..%2fsecret.txt')).status).toBe(404);
  expect(await (await ask('/else')).text()).toBe('application');
  const first = await ask('/h?x=1');
  expect(await first.json()).toEqual({
    ...{ url: `http://127.0.0.1:${port}/h?x=1`, clientIp: '127.0.0.1', route: 'mine', count: 1 },
  });
  expect(await (await ask('/h', { cookie: pairs(first)[0] ?? '' })).json()).toMatchObject({ count: 2 });
});

it('the middleware believes no facts of clients', async () => {
  const { ask, port } = await anApplication();
  const forged = { 'X-Forehand-Local': '10.0.0.1 https /forged', 'X-Forwarded-Host': 'evil.example' };
  expect(await (await ask('/h', forged)).json()).toMatchObject({
    url: `http://127.0.0.1:${port}/h`,
    clientIp: '127.0.0.1',
  });
});

it('the middleware counts nothing of them for its servers', async () => {
  const { ask, middleware } = await anApplication();
  await (await ask('/h')).text();
  await (await ask('/app')).text();
  await eventually(
    () => middleware.servers().every(({ inFlight }) => inFlight === 0),
    'nothing is in flight',
  );
  expect(middleware.servers().reduce((sum, { forwarded }) => sum + forwarded, 0)).toBe(1);
});
