import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ConfigError, createMiddleware, type Middleware } from '../../src/index.ts';

const servers: Server[] = [];
const doors: Middleware[] = [];

afterEach(async () => {
  for (const door of doors.splice(0)) await door.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const listening = async (server: Server): Promise<string> => {
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const aDoor = async (config: object): Promise<Middleware> => {
  const door = await createMiddleware(config);
  doors.push(door);
  return door;
};

describe('createMiddleware', () => {
  it('forwards what a route matches and leaves the rest to the application', async () => {
    const backend = await listening(createServer((req, res) => res.end(`backend ${req.url}`)));
    const { web } = await aDoor({
      pools: { api: { servers: [backend] } },
      routes: [{ path: '/api/', pool: 'api' }],
    });
    const app = await listening(createServer((req, res) => web(req, res, () => res.end('application'))));
    expect(await (await fetch(`${app}/api/x?y=1`)).text()).toBe('backend /api/x?y=1');
    expect(await (await fetch(`${app}/other`)).text()).toBe('application');
  });

  it('takes reports where the configuration says so', async () => {
    const door = await aDoor({
      agents: { listen: 'http://127.0.0.1:0' },
      pools: { api: { servers: ['http://127.0.0.1:3001'] } },
    });
    expect(door.servers()).toMatchObject([{ id: '127.0.0.1:3001', state: 'unknown' }]);
    expect((await door.metrics()).body).toContain('forehand_build_info');
  });

  it('rejects with every problem of a wrong configuration', async () => {
    const wrong = createMiddleware({ pools: { api: { servers: ['nowhere'], chain: ['byNothing'] } } });
    await expect(wrong).rejects.toThrow(ConfigError);
    await expect(wrong).rejects.toMatchObject({ problems: { length: 2 } });
  });
});
