import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startBackend, stopBackends } from './backend.ts';
import { eventually, stopAll } from './command.ts';
import {
  ask,
  configText,
  controlOf,
  eventuallyAll,
  Load,
  type RunningProxy,
  reload,
  samples,
  serversOf,
  startProxy,
  workersOf,
} from './with-workers.ts';

let folder: string;
const sockets: Socket[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forehand-test-'));
});

afterEach(async () => {
  await stopAll();
  for (const socket of sockets.splice(0)) socket.destroy();
  stopBackends();
  await rm(folder, { recursive: true });
});

/** Answers its name; `/hold` only when told to. */
const aBackend = async (name: string): Promise<{ url: string; release: () => void }> => {
  const held: (() => void)[] = [];
  const url = await startBackend((request, answer) => {
    if (request.url === '/hold') held.push(() => answer.end(name));
    else answer.end(name);
  });
  return { url, release: () => void held.splice(0).map((answer) => answer()) };
};

/** A function that tells, for `/ask`, which process it runs in and what that one knows of the first server. */
const TELLING = `
export default (servers, moment) => {
  const { request } = moment;
  if (!request.path.startsWith('/ask')) return servers;
  const { inFlight, stats } = servers[0];
  const location = '/?pid=' + process.pid + '&inFlight=' + inFlight + '&load1=' + (stats?.load1 ?? '');
  for (const server of servers) moment.deliver(server, { location, status: 302 });
  return servers;
};
`;

const kill = (pid: number | undefined): void => void process.kill(pid ?? 0, 'SIGKILL');

const write = (text: string): Promise<void> => writeFile(join(folder, 'forehand.yaml'), text);

const serving = (proxy: RunningProxy, count: number): Promise<unknown> =>
  eventually(
    () => samples(proxy),
    (metrics) => metrics.get('forehand_workers') === count,
  );

describe('a proxy with two workers', () => {
  it('counts the requests of both, and spreads connections over them', async () => {
    const backend = await aBackend('hello');
    const proxy = await startProxy(folder, { servers: [backend.url] });
    const port = Number(new URL(proxy.url).port);
    const clients = Array.from({ length: 24 }, () => connect(port, '127.0.0.1'));
    sockets.push(...clients);
    await Promise.all(clients.map((client) => once(client, 'connect')));
    await Promise.all(
      clients.map(async (client) => {
        client.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n');
        const [bytes] = await once(client, 'data');
        expect(String(bytes)).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      }),
    );
    const answered =
      'forehand_http_requests_total{listener="127.0.0.1:0",pool="web",method="GET",code="200"}';
    const metrics = await eventually(
      () => samples(proxy),
      (found) => found.get(answered) === 24,
    );
    await eventually(
      () => serversOf(proxy),
      ([server]) => server?.forwarded === 24 && server.state === 'ready' && server.inFlight === 0,
    );
    const each = [...metrics].filter(([name]) => name.startsWith('forehand_worker_connections{'));
    expect(each).toHaveLength(2);
    expect(each.reduce((sum, [, count]) => sum + count, 0)).toBe(24);
    expect(Math.min(...each.map(([, count]) => count))).toBeGreaterThanOrEqual(6);
  });

  it('lets functions in every worker see the requests under way in all', async () => {
    const backend = await aBackend('held');
    await writeFile(join(folder, 'telling.ts'), TELLING);
    const proxy = await startProxy(folder, { servers: [backend.url], pool: '    chain: [./telling.ts]\n' });
    const held = Array.from({ length: 8 }, () => ask(`${proxy.url}/hold`));
    await eventuallyAll(`${proxy.url}/ask`, 2, (place) => place.get('inFlight') === '8');
    await eventually(
      () => serversOf(proxy),
      ([server]) => server?.inFlight === 8,
    );
    backend.release();
    await Promise.all(held);
    await eventuallyAll(`${proxy.url}/ask`, 2, (place) => place.get('inFlight') === '0');
  });

  it('takes a report to all workers, and a server that it announces', async () => {
    const [configured, announced] = [await aBackend('configured'), await aBackend('announced')];
    await writeFile(join(folder, 'telling.ts'), TELLING);
    const proxy = await startProxy(folder, {
      servers: [configured.url],
      pool: '    chain: [./telling.ts]\n',
    });
    const report = {
      v: 1,
      node: 'n1',
      boot: 'b1',
      seq: 1,
      stats: { load1: 0.25, custom: { depth: 7 } },
      servers: [{ url: configured.url }, { url: announced.url, tags: ['new'] }],
    };
    const answer = await fetch(`${proxy.agents}/v1/reports`, {
      method: 'POST',
      body: JSON.stringify(report),
      headers: { 'content-type': 'application/json' },
    });
    expect(answer.ok).toBe(true);
    await eventuallyAll(`${proxy.url}/ask`, 2, (place) => place.get('load1') === '0.25');
    expect(await serversOf(proxy)).toMatchObject([{ load1: 0.25 }, { load1: 0.25, tags: ['new'] }]);
    await write(configText({ servers: [], pool: '' }));
    expect(await reload(proxy.admin)).toMatchObject({ ok: true });
    expect((await ask(proxy.url)).text).toBe('announced');
    expect((await ask(proxy.url)).text).toBe('announced');
  });

  it('loses only the connections of a worker that is killed, counts them, and replaces it', async () => {
    const backend = await aBackend('alive');
    const proxy = await startProxy(folder, { servers: [backend.url] });
    const load = new Load(proxy.url, 12);
    await eventually(
      async () => load.answered,
      (count) => count > 200,
    );
    const [victim] = workersOf(proxy);
    kill(victim);
    const [, lost = ''] = await proxy.program.says(/worker \d+ ended \(SIGKILL\) with (\d+) connections/);
    await serving(proxy, 2);
    const before = load.answered;
    await eventually(
      async () => load.answered,
      (count) => count > before + 200,
    );
    await load.end();
    const clients = load.failures.map(({ client }) => client);
    expect(clients.length).toBeLessThanOrEqual(Number(lost));
    expect(new Set(clients).size).toBe(clients.length);
    expect(Number(lost)).toBeLessThan(12);
    const metrics = await samples(proxy);
    expect(metrics.get('forehand_worker_ends_total{how="died"}')).toBe(1);
    expect(metrics.get('forehand_worker_lost_connections_total')).toBe(Number(lost));
    expect(workersOf(proxy)).not.toContain(victim);
  });

  it('takes new configurations under load without failing a request', async () => {
    const [a, b] = [await aBackend('a'), await aBackend('b')];
    const proxy = await startProxy(folder, { servers: [a.url] });
    const load = new Load(proxy.url, 8);
    for (const backend of [b, a, b]) {
      await write(configText({ servers: [backend.url] }));
      expect(await reload(proxy.admin)).toMatchObject({ ok: true, ignored: [] });
      const answers = await Promise.all(Array.from({ length: 8 }, () => ask(proxy.url)));
      expect(new Set(answers.map(({ text }) => text))).toEqual(new Set([backend === a ? 'a' : 'b']));
    }
    await load.end();
    expect(load.failures).toEqual([]);
    expect(load.answered).toBeGreaterThan(0);
  });

  it('keeps the configuration in all workers when a new one is broken', async () => {
    const backend = await aBackend('old');
    const proxy = await startProxy(folder, { servers: [backend.url] });
    await write('pools: {}\n');
    expect(await reload(proxy.admin)).toMatchObject({ ok: false });
    for (let i = 0; i < 4; i++) expect((await ask(proxy.url)).text).toBe('old');
  });

  it('replaces its workers one by one for what they read when they start, and fails no request', async () => {
    const backend = await aBackend('served');
    const proxy = await startProxy(folder, { servers: [backend.url], more: 'transport: raw\n' });
    const before = workersOf(proxy);
    const load = new Load(proxy.url, 8);
    await write(configText({ servers: [backend.url], more: 'transport: net\n' }));
    expect(await reload(proxy.admin)).toMatchObject({ ok: true, ignored: [] });
    await proxy.program.says(/all workers were replaced/);
    await eventually(
      async () => workersOf(proxy),
      (pids) => pids.length === 2 && pids.every((pid) => !before.includes(pid)),
    );
    await load.end();
    expect(load.failures).toEqual([]);
  });

  it('has more workers, or fewer, when the configuration says so', async () => {
    const backend = await aBackend('served');
    const proxy = await startProxy(folder, { servers: [backend.url] });
    const load = new Load(proxy.url, 4);
    await write(configText({ servers: [backend.url], workers: 3 }));
    expect(await reload(proxy.admin)).toMatchObject({ ok: true, ignored: [] });
    await serving(proxy, 3);
    await write(configText({ servers: [backend.url], workers: 1 }));
    expect(await reload(proxy.admin)).toMatchObject({ ok: true, ignored: [] });
    await serving(proxy, 1);
    await eventually(
      async () => workersOf(proxy),
      (pids) => pids.length === 1,
    );
    await load.end();
    expect(load.failures).toEqual([]);
  });

  it('ends with exit code 0 on TERM, when what was under way has its answer', async () => {
    const backend = await aBackend('held');
    const proxy = await startProxy(folder, { servers: [backend.url] });
    const held = Array.from({ length: 4 }, () => ask(`${proxy.url}/hold`));
    await eventually(
      () => serversOf(proxy),
      ([server]) => server?.inFlight === 4,
    );
    const code = proxy.program.stop('SIGTERM');
    await proxy.program.says(/draining/);
    await eventually(
      () =>
        ask(proxy.url).then(
          () => 'answered',
          (error: NodeJS.ErrnoException) => error.code,
        ),
      (how) => how === 'ECONNREFUSED',
    );
    backend.release();
    const answers = await Promise.all(held);
    expect(answers.map(({ text, headers }) => [text, headers.connection])).toEqual(
      Array.from({ length: 4 }, () => ['held', 'close']),
    );
    expect(await code).toBe(0);
  });

  it('names a function that never returns, replaces the worker, and bypasses the function in all', async () => {
    await writeFile(
      join(folder, 'loop.ts'),
      "export default (servers, { request }) => { while (request.path === '/loop'); return servers; };\n",
    );
    const backend = await aBackend('alive');
    const proxy = await startProxy(folder, { servers: [backend.url], pool: '    chain: [./loop.ts]\n' });
    await expect(ask(`${proxy.url}/loop`)).rejects.toThrow();
    await proxy.program.says(/loop\.ts did not return; worker \d+ is replaced/);
    await serving(proxy, 2);
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(`${proxy.url}/loop`)));
    expect(answers.map(({ text }) => text)).toEqual(Array.from({ length: 8 }, () => 'alive'));
    expect((await samples(proxy)).get('forehand_worker_ends_total{how="stuck"}')).toBe(1);
  });

  it('gets a new control and new workers when control dies, and refuses nobody meanwhile', async () => {
    const backend = await aBackend('alive');
    const proxy = await startProxy(folder, { servers: [backend.url] });
    const before = controlOf(proxy);
    kill(before);
    for (let i = 0; i < 20; i++) expect((await ask(proxy.url)).text).toBe('alive');
    await eventually(
      async () => controlOf(proxy),
      (pid) => pid !== 0 && pid !== before,
    );
    expect((await ask(proxy.url)).text).toBe('alive');
  });

  it('replaces a worker that somebody tells to end, once it has ended what it had under way', async () => {
    const backend = await aBackend('served');
    const proxy = await startProxy(folder, { servers: [backend.url] });
    const load = new Load(proxy.url, 6);
    const [told] = workersOf(proxy);
    process.kill(told ?? 0, 'SIGTERM');
    await eventually(
      async () => workersOf(proxy),
      (pids) => pids.length === 2 && !pids.includes(told ?? 0),
    );
    await load.end();
    expect(load.failures).toEqual([]);
    expect((await samples(proxy)).get('forehand_worker_ends_total{how="left"}')).toBe(1);
  });
});
