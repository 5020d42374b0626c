import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServerView } from '../../src/control/views/views.ts';
import { command, eventually, stopAll } from './command.ts';
import { ask, configText, eventuallyAll, type RunningProxy, reload, startProxy } from './with-workers.ts';

let folder: string;
let servers: Server[];
let agent: TcpServer;
/** What the agent of every server says. */
let says: string;

const portOf = (server: Server | TcpServer): number => (server.address() as AddressInfo).port;
const urls = (): string[] => servers.map((server) => `http://127.0.0.1:${portOf(server)}`);
const idOf = (server: number): string => `127.0.0.1:${portOf(servers[server]!)}`;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forehand-test-'));
  says = 'up';
  servers = [0, 1].map(() => createServer((_request, answer) => answer.end('ok')).listen(0, '127.0.0.1'));
  agent = createTcpServer((socket) => void socket.on('error', () => undefined).end(`${says}\n`));
  agent.listen(0, '127.0.0.1');
  await Promise.all([...servers, agent].map((server) => once(server, 'listening')));
});

afterEach(async () => {
  await stopAll();
  agent.close();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  await rm(folder, { recursive: true });
});

/** A function that says which process it runs in, and which servers it was handed with which weights. */
const TELLING = `
export default (servers, moment) => {
  const known = servers.map(({ id, weight }) => id + '=' + weight).toSorted().join(' ');
  const location = '/?pid=' + process.pid + '&known=' + encodeURIComponent(known);
  for (const server of servers) moment.deliver(server, { location, status: 302 });
  return servers;
};`;

const facts = (pool = '') => ({ servers: urls(), pool: `    chain: [./telling.js]\n${pool}` });

const start = async (pool = ''): Promise<RunningProxy> => {
  await writeFile(join(folder, 'telling.js'), TELLING);
  return startProxy(folder, facts(pool));
};

const set = (proxy: RunningProxy, ...args: readonly string[]) =>
  command(['servers', ...args, '--admin', new URL(proxy.admin).host]);

/** Both workers choose among these. */
const bothKnow = (proxy: RunningProxy, known: readonly string[]): Promise<void> =>
  eventuallyAll(proxy.url, 2, (place) => place.get('known') === [...known].sort().join(' '));

const viewOf = async ({ admin }: RunningProxy, server: number): Promise<ServerView> => {
  const views: readonly ServerView[] = JSON.parse((await ask(`${admin}/api/v1/servers`)).text);
  return views.find(({ id }) => id === idOf(server))!;
};

describe('forehand servers', () => {
  it('drains, weighs and lifts for all workers, and reloads without and with the server change nothing', async () => {
    const proxy = await start();
    const [a, b] = [idOf(0), idOf(1)];
    await bothKnow(proxy, [`${a}=1`, `${b}=1`]);
    const drained = await set(proxy, 'drain', b, '--for', '10m', '--reason', 'new disk');
    expect(drained).toMatchObject({ code: 0, stdout: expect.stringContaining('is drain until 20') });
    await bothKnow(proxy, [`${a}=1`]);
    expect(await viewOf(proxy, 1)).toMatchObject({ state: 'drain', reason: 'new disk' });
    expect((await set(proxy, 'weight', a, '50%')).code).toBe(0);
    await bothKnow(proxy, [`${a}=0.5`]);
    for (const some of [urls().slice(0, 1), urls()]) {
      await writeFile(join(folder, 'forehand.yaml'), configText({ ...facts(), servers: some }));
      expect((await reload(proxy.admin)).ok).toBe(true);
    }
    await bothKnow(proxy, [`${a}=0.5`]);
    expect(await viewOf(proxy, 1)).toMatchObject({ state: 'drain', reason: 'new disk' });
    // Nobody has sent it a request or heard of it since it came back.
    expect((await set(proxy, 'ready', b)).stdout).toMatch(`${b} in pool web is unknown: neither heard of`);
    await set(proxy, 'ready', a);
    await bothKnow(proxy, [`${a}=1`, `${b}=1`]);
  });

  it('says why it cannot, with exit code 1', async () => {
    const proxy = await start();
    expect(await set(proxy, 'drain', 'web-9')).toMatchObject({
      code: 1,
      said: 'forehand: servers: there is no server "web-9" in "web"\n',
    });
    expect(await set(proxy, 'weight', idOf(0), 'half')).toMatchObject({ code: 1 });
  });
});

it('what agents in the dialect of HAProxy say holds for all workers, also when they are gone', async () => {
  says = 'up 50% maxconn:30';
  const proxy = await start(`    agentCheck: { port: ${portOf(agent)}, every: 100ms }\n`);
  await bothKnow(proxy, [`${idOf(0)}=0.5`, `${idOf(1)}=0.5`]);
  says = 'down#disk full';
  await eventually(
    () => viewOf(proxy, 0),
    ({ state }) => state === 'down',
  );
  expect(await viewOf(proxy, 0)).toMatchObject({
    reason: 'its agent-check says disk full',
    told: { custom: { maxconn: 30 } },
  });
  agent.close();
  await eventually(
    () => ask(`${proxy.admin}/api/v1/events?n=50`),
    ({ text }) => text.includes('agent_check_failed'),
  );
  expect((await viewOf(proxy, 0)).state).toBe('down');
});
