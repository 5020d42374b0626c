import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventView, ServerView } from '../../src/control/views/views.ts';
import { eventually, stopAll } from './command.ts';
import { ask, eventuallyAll, Load, type RunningProxy, startProxy } from './with-workers.ts';

let folder: string;
const ends: (() => void)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forehand-test-'));
});
afterEach(async () => {
  await stopAll();
  for (const end of ends.splice(0)) end();
  await rm(folder, { recursive: true });
});

const PROGRAM = `
  const server = require('node:http').createServer((_, answer) => answer.end('ok'));
  server.keepAliveTimeout = 60_000;
  server.listen(Number(process.argv[1]), '127.0.0.1', () => console.log(server.address().port));
`;

/** A server in a process of its own. */
const startServer = async (port = 0): Promise<{ readonly child: ChildProcess; readonly port: number }> => {
  const child = spawn(process.execPath, ['-e', PROGRAM, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  ends.push(() => void child.kill('SIGKILL'));
  const [line] = await once(child.stdout, 'data');
  return { child, port: Number(String(line)) };
};

const viewOf = async ({ admin }: RunningProxy, port: number): Promise<ServerView> => {
  const views: readonly ServerView[] = JSON.parse((await ask(`${admin}/api/v1/servers`)).text);
  const found = views.find(({ id }) => id === `127.0.0.1:${port}`);
  if (!found) throw new TypeError(`no server at ${port}`);
  return found;
};

const stateIs = (proxy: RunningProxy, port: number, state: string): Promise<unknown> =>
  eventually(
    () => viewOf(proxy, port),
    (view) => view.state === state,
  );

describe.each([1, 2])('with %i workers', (workers) => {
  it('a killed server is shown within a second with the reason, fails no request, and is back when it is started', async () => {
    const programs = await Promise.all([startServer(), startServer()]);
    const [{ port: first }, { child, port }] = programs as [(typeof programs)[0], (typeof programs)[0]];
    const servers = [first, port].map((at) => `http://127.0.0.1:${at}`);
    const proxy = await startProxy(folder, { servers, workers });
    const load = new Load(proxy.url, 4);
    await stateIs(proxy, port, 'ready');
    child.kill('SIGKILL');
    await once(child, 'exit');
    await stateIs(proxy, port, 'down');
    const { reason, health } = await viewOf(proxy, port);
    expect(reason).toMatch(/^connect refused \(checked \d+m?s ago\)$/);
    expect(health).toMatchObject({ kind: 'tcp', state: 'down', lastResult: 'connect refused' });
    await startServer(port);
    await stateIs(proxy, port, 'ready');
    await load.end();
    expect(load.failures).toEqual([]);
    const events: readonly EventView[] = JSON.parse((await ask(`${proxy.admin}/api/v1/events?n=50`)).text);
    const told = events.map(({ kind, message }) => `${kind}: ${message}`).join('\n');
    expect(told).toMatch(/server_down: \S+ in pool web is down: connect refused/);
    expect(told).toMatch(/server_up: \S+ in pool web is up again: connected in/);
  });
});

describe('with two workers', () => {
  let server: Server;
  let isWell: boolean;

  beforeEach(async () => {
    isWell = true;
    server = createServer((_, answer) => answer.writeHead(isWell ? 200 : 503).end()).listen(0, '127.0.0.1');
    ends.push(() => {
      server.closeAllConnections();
      server.close();
    });
    await once(server, 'listening');
  });

  const TELLING = `
export default (servers, moment) => {
  const known = servers.map(({ url }) => url.port).toSorted().join(' ');
  const location = '/?pid=' + process.pid + '&known=' + encodeURIComponent(known);
  for (const server of servers) moment.deliver(server, { location, status: 302 });
  return servers;
};`;

  it('what checks find holds for both, and only one process checks', async () => {
    await writeFile(join(folder, 'telling.js'), TELLING);
    const { port: other } = await startServer();
    const { port } = server.address() as AddressInfo;
    const servers = [port, other].map((at) => `http://127.0.0.1:${at}`);
    const pool =
      '    chain: [./telling.js]\n    health: { path: /up, interval: 200ms, jitter: 0, fall: 2 }\n';
    let asked = 0;
    server.on('request', () => {
      asked += 1;
    });
    const proxy = await startProxy(folder, { servers, pool });
    const know = (ports: readonly number[]): Promise<void> =>
      eventuallyAll(proxy.url, 2, (place) => place.get('known') === ports.map(String).sort().join(' '));
    await know([port, other]);
    const since = performance.now();
    const before = asked;
    isWell = false;
    await know([other]);
    expect(await viewOf(proxy, port)).toMatchObject({
      state: 'down',
      reason: expect.stringMatching(/^\d checks failed, the last: 503 instead of 200-399/),
    });
    isWell = true;
    await know([port, other]);
    const rounds = (performance.now() - since) / 200;
    expect(asked - before).toBeLessThanOrEqual(rounds + 3);
  });
});
