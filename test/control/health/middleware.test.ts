import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createMiddleware } from '../../../src/control/create-middleware.ts';
import { eventually } from '../../support/eventually.ts';
import { aDeadUrl, startBackend } from '../../support/start-backend.ts';

const aDoor = async (pool: object) => {
  const middleware = await createMiddleware({ pools: { web: pool } });
  onTestFinished(() => middleware.close());
  const server = createServer((req, res) => middleware.web(req, res)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const ask = () => fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  return { middleware, ask };
};

it('in an application a request that is refused makes its server suspect', async () => {
  const well = await startBackend();
  const servers = [
    { id: 'gone', url: await aDeadUrl() },
    { id: 'well', url: well.url },
  ];
  const { middleware, ask } = await aDoor({ servers, chain: ['byInFlight'] });
  expect((await ask()).status).toBe(200);
  await eventually(() => middleware.servers()[0]?.state === 'down');
  expect(middleware.servers()[0]?.reason).toMatch(/^connect refused/);
});

it('in an application servers are checked too', async () => {
  const ill = await startBackend((_, res) => void res.writeHead(503).end());
  const { middleware } = await aDoor({ servers: [ill.url], health: { path: '/up' } });
  await eventually(() => middleware.servers()[0]?.health?.state === 'down');
  expect(middleware.servers()[0]).toMatchObject({
    state: 'down',
    health: { kind: 'http', lastResult: '503 instead of 200-399' },
  });
});
