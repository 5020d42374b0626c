import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually, stopAll } from './command.ts';
import { ask, eventuallyAll, type RunningProxy, startProxy, workersOf } from './with-workers.ts';

let folder: string;
let server: Server;
/** What the server says of its load, in turn; the last one again and again. */
let said: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forehand-test-'));
  said = [];
  server = createServer((_request, answer) => {
    const load = said.length > 1 ? said.shift() : said[0];
    if (load !== undefined) answer.setHeader('endpoint-load-metrics', load);
    answer.end('ok');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  await stopAll();
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

/** A function that tells, for `/ask`, which process it runs in and what that one has heard of the server. */
const TELLING = `
export default (servers, moment) => {
  if (!moment.request.path.startsWith('/ask')) return servers;
  const location = '/?pid=' + process.pid + '&depth=' + (servers[0].stats?.custom?.depth ?? '');
  for (const server of servers) moment.deliver(server, { location, status: 302 });
  return servers;
};`;

interface View {
  readonly refused?: number;
  readonly heardAt: number | null;
  readonly stats: { readonly custom?: { readonly depth: number } } | null;
}

const start = async (): Promise<{ proxy: RunningProxy; view: () => Promise<View> }> => {
  await writeFile(join(folder, 'telling.js'), TELLING);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const proxy = await startProxy(folder, { servers: [url], pool: '    chain: [./telling.js]\n' });
  const view = async (): Promise<View> => JSON.parse((await ask(`${proxy.admin}/api/v1/servers`)).text)[0];
  return { proxy, view };
};

it('what a server says of its load to one worker is known to all of them, and shown', async () => {
  const { proxy, view } = await start();
  expect(workersOf(proxy)).toHaveLength(2);
  said = ['TEXT named_metrics.depth=41'];
  // One request, and so one worker that hears it; it is repeated before it lapses.
  await eventually(
    async () => {
      const { headers, text } = await ask(`${proxy.url}/x`);
      expect(text).toBe('ok');
      expect(headers).not.toHaveProperty('endpoint-load-metrics');
      await eventuallyAll(`${proxy.url}/ask`, 2, (place) => place.get('depth') === '41');
      return (await view()).stats?.custom?.depth;
    },
    (depth) => depth === 41,
  );
  expect((await view()).heardAt).toBeGreaterThan(0);
});

it('what nobody understands is counted by control, whichever worker it came to', async () => {
  const { proxy, view } = await start();
  said = ['eps:nan', 'eps:1'];
  expect((await ask(`${proxy.url}/x`)).text).toBe('ok');
  await eventually(view, ({ refused }) => refused === 1);
});
