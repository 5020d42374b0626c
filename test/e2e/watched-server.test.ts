import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startBackend, stopBackends } from '../cli/backend.ts';
import { stopAll } from '../cli/command.ts';
import { ask, Load, type RunningProxy, startProxy } from '../cli/with-workers.ts';
import { FeedClient } from '../control/feed/feed-client.ts';
import { eventually } from '../support/eventually.ts';

/** What is promised holds on a machine that does nothing else; this one may. */
const MARGIN = 3;
const SHOWN_WITHIN_MS = 1000 * MARGIN;
const DRAINED_WITHIN_MS = 100 * MARGIN;

let folder: string;
const processes: ChildProcess[] = [];
const viewers: FeedClient[] = [];
const loads: Load[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forehand-test-'));
});
afterEach(async () => {
  for (const load of loads.splice(0)) await load.end();
  for (const viewer of viewers.splice(0)) viewer.close();
  for (const one of processes.splice(0)) one.kill('SIGKILL');
  await stopAll();
  stopBackends();
  await rm(folder, { recursive: true });
});

const PROGRAM = `
require('node:http')
  .createServer((req, res) => res.end('here'))
  .listen(0, '127.0.0.1', function () { console.log(this.address().port); });
`;

/** A server that is a process of its own, and can be killed. */
const aServerProcess = async (): Promise<{ readonly url: string; readonly child: ChildProcess }> => {
  const child = spawn(process.execPath, ['-e', PROGRAM], { stdio: ['ignore', 'pipe', 'inherit'] });
  processes.push(child);
  const [said] = await once(child.stdout!, 'data');
  return { url: `http://127.0.0.1:${Number(String(said))}`, child };
};

const load = (proxy: RunningProxy, clients: number): Load => {
  const made = new Load(proxy.url, clients);
  loads.push(made);
  return made;
};

const watch = async ({ admin }: RunningProxy): Promise<FeedClient> => {
  const viewer = new FeedClient(`${admin}/api/v1/events`, { 'accept-encoding': 'gzip' });
  viewers.push(viewer);
  await eventually(() => viewer.named('snapshot').length > 0);
  return viewer;
};

const shownServer = (viewer: FeedClient, url: string) =>
  viewer.last.servers.find((server) => server.url === url);

describe.each([1, 2])('with %i worker(s), a page that was opened before', (workers) => {
  it('shows a server that is killed as gone, with the reason', async () => {
    const [gone, kept] = [await aServerProcess(), await aServerProcess()];
    const proxy = await startProxy(folder, { servers: [gone.url, kept.url], workers });
    const viewer = await watch(proxy);
    load(proxy, 4);
    await eventually(
      () => shownServer(viewer, gone.url)?.state === 'ready' && shownServer(viewer, gone.url)!.share > 0,
    );
    const killed = performance.now();
    gone.child.kill('SIGKILL');
    await eventually(() => !['ready', 'unknown'].includes(shownServer(viewer, gone.url)!.state));
    const server = shownServer(viewer, gone.url)!;
    const message = viewer.named('snapshot').find(({ data }) => {
      const { servers } = JSON.parse(data) as { servers: readonly { url: string; state: string }[] };
      return servers.some(({ url, state }) => url === gone.url && state === server.state);
    });
    expect(message!.at - killed).toBeLessThan(SHOWN_WITHIN_MS);
    expect(['down', 'ejected']).toContain(server.state);
    expect(server.reason).toMatch(/\S/);
    expect(shownServer(viewer, kept.url)?.state).toBe('ready');
    expect(viewer.last.pools[0]).toMatchObject({ state: server.state, servers: 2, ready: 1 });
    expect(viewer.ended).toBe(false);
  });

  it('shows a state that is set by hand before the next second', async () => {
    const server = await aServerProcess();
    const proxy = await startProxy(folder, { servers: [server.url], workers });
    const viewer = await watch(proxy);
    const id = encodeURIComponent(new URL(server.url).host);
    for (const state of ['maint', 'ready', 'drain']) {
      const answer = await fetch(`${proxy.admin}/api/v1/servers/${id}/state`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ state, reason: 'new disk' }),
      });
      expect(answer.status).toBe(200);
      await eventually(() => {
        const now = viewer.last.servers[0]!.state;
        return state === 'ready' ? !['maint', 'drain'].includes(now) : now === state;
      });
    }
    expect(viewer.last.servers[0]).toMatchObject({ reason: 'new disk' });
    await eventually(() => viewer.named('event').some(({ data }) => data.includes('new disk')));
  });
});

describe.each([1, 2])('with %i worker(s), a server that is drained', (workers) => {
  it('gets no new request', async () => {
    const arrivals = { drained: [] as number[], other: 0 };
    const [drained, other] = [
      await startBackend((_, answer) => {
        arrivals.drained.push(performance.now());
        answer.end('drained');
      }),
      await startBackend((_, answer) => {
        arrivals.other += 1;
        answer.end('other');
      }),
    ];
    const proxy = await startProxy(folder, { servers: [drained, other], workers });
    const flow = load(proxy, 8);
    await eventually(() => arrivals.drained.length > 200);
    const id = encodeURIComponent(new URL(drained).host);
    const answer = await fetch(`${proxy.admin}/api/v1/servers/${id}/state`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ state: 'drain' }),
    });
    const answered = performance.now();
    expect(await answer.json()).toMatchObject({ state: 'drain', reason: 'set by hand' });
    // Both workers have decided many times since.
    const then = arrivals.other;
    await eventually(
      () => arrivals.other > then + 1000 && performance.now() > answered + 2 * DRAINED_WITHIN_MS,
    );
    await flow.end();
    expect(flow.failures).toEqual([]);
    const late = arrivals.drained.filter((at) => at > answered + DRAINED_WITHIN_MS);
    expect(late).toEqual([]);
    const { text } = await ask(`${proxy.admin}/api/v1/servers/${id}`);
    expect(JSON.parse(text)).toMatchObject({ state: 'drain', inFlight: 0 });
  });
});
