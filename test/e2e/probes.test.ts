import { once } from 'node:events';
import http, { type RequestListener } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Agent, startAgent } from '../../agent/index.ts';
import type { ServerRecord } from '../../src/core/server-record.ts';
import { MemoryDriver } from '../../src/state/memory.ts';
import { aCertificate } from '../support/a-certificate.ts';
import { aDataPlane, type TestPlane } from '../support/a-data-plane.ts';
import { listenForTest } from '../support/a-door.ts';
import { TRANSPORTS } from '../support/an-engine.ts';
import { eventually } from '../support/eventually.ts';
import { startBackend } from '../support/start-backend.ts';

const PATH = '/.well-known/forehand/load';
const FIELD = 'endpoint-load-metrics';

/** A server with our agent library, which reports to nobody. */
const aServer = async (listener: RequestListener = (_, response) => void response.end('ok')) => {
  let served = 0;
  const server = http.createServer((request, response) => {
    served += 1;
    listener(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const agent: Agent = await startAgent({
    driver: new MemoryDriver(),
    url,
    server,
    arriba: 1000,
    sample: () => ({ cpus: 1 }),
  });
  onTestFinished(async () => {
    await agent.close();
    server.closeAllConnections();
    server.close();
  });
  return { url, agent, served: () => served };
};

const several = (count: number, listener?: RequestListener) =>
  Promise.all(Array.from({ length: count }, () => aServer(listener)));

interface ProbedFacts {
  readonly probe: object;
  readonly probes?: object;
  readonly transport: 'raw' | 'net';
  readonly chain?: unknown;
}

/** A proxy with the chain `full` in front of these servers. */
const inFrontOf = async (
  servers: readonly string[],
  { probe, probes = {}, transport, chain = 'full' }: ProbedFacts,
) => {
  const plane = await aDataPlane(
    () => ({ pools: { web: { servers, chain, probes } }, routes: [{ pool: 'web', probe }] }),
    { transport },
  );
  const ask = (path = '/'): Promise<Response> => fetch(`http://127.0.0.1:${plane.port()}${path}`);
  const records = (): readonly ServerRecord[] => plane.instance.board.pool('web')?.servers ?? [];
  return { ...plane, ask, records };
};

/** Probes of the pool so far, by result. */
const probesOf = async ({ traffic }: TestPlane): Promise<Readonly<Record<string, number>>> => {
  const { body } = await traffic.metrics.text();
  const found = body.matchAll(/^forehand_probes_total\{pool="web",result="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...found].map(([, result, count]) => [result, Number(count)]));
};

describe.each(TRANSPORTS)('by %s', (transport) => {
  it('after each decision servers are asked, and so become known that served nothing yet', async () => {
    const servers = await several(12);
    const proxy = await inFrontOf(
      servers.map(({ url }) => url),
      { probe: { perRequest: 1 }, transport },
    );
    await eventually(async () => {
      const answer = await proxy.ask();
      expect([answer.status, answer.headers.get(FIELD)]).toEqual([200, null]);
      return proxy.records().every(({ stats }) => stats?.arriba === 1000 && stats.cpus === 1);
    });
    const served = servers.reduce((sum, one) => sum + one.served(), 0);
    expect(proxy.records().reduce((sum, { forwarded }) => sum + forwarded, 0)).toBe(served);
    await eventually(() => proxy.records().every(({ inFlight }) => inFlight === 0));
    await eventually(() => servers.every(({ agent }) => agent.report().stats.inFlight === 0));
    expect((await probesOf(proxy))['answered']).toBeGreaterThan(0);
    expect(proxy.plane.probing.connections).toBeLessThanOrEqual(12);
    proxy.plane.close();
    expect(proxy.plane.probing.connections).toBe(0);
  });

  it('a server that never answers probes costs no request, and is asked ever less', async () => {
    const asked: string[] = [];
    const { url } = await startBackend(({ url: path = '' }, response) => {
      asked.push(path);
      if (path !== PATH) response.end('ok');
    });
    const proxy = await inFrontOf([url], { probe: { perRequest: 1 }, transport });
    const startedAt = performance.now();
    for (let i = 0; i < 300; i++) expect((await proxy.ask()).status).toBe(200);
    const most = 2 + Math.log2(1 + (performance.now() - startedAt) / 100);
    const probes = asked.filter((path) => path === PATH).length;
    expect(probes).toBeGreaterThan(0);
    expect(probes).toBeLessThanOrEqual(most);
    await eventually(async () => (await probesOf(proxy))['timeout'] === probes);
  });

  it('servers that know no probes are served as if nobody asked', async () => {
    const { url, requests } = await startBackend(({ url: path }, response) => {
      response.statusCode = path === PATH ? 404 : 200;
      response.end('whatever');
    });
    const proxy = await inFrontOf([url], { probe: { servers: 3, wait: '5ms' }, transport });
    for (let i = 0; i < 50; i++) expect((await proxy.ask(`/${i}`)).status).toBe(200);
    expect(requests.filter(({ url: path }) => path !== PATH)).toHaveLength(50);
  });

  it('before a decision servers are asked, so that even the first request goes where there is room', async () => {
    const [busy, idle] = await several(2);
    for (let i = 0; i < 50; i++) busy!.agent.count();
    const proxy = await inFrontOf([busy!.url, idle!.url], {
      probe: { servers: 3, wait: '1s' },
      probes: { timeout: '1s' },
      transport,
    });
    for (let i = 0; i < 20; i++) expect((await proxy.ask()).status).toBe(200);
    expect([busy!.served(), idle!.served()]).toEqual([0, 20]);
    await eventually(() => proxy.records().every(({ inFlight }) => inFlight === 0));
    await eventually(() => idle!.agent.report().stats.inFlight === 0);
  });

  it('requests go on without answers once the wait is over, many at a time', async () => {
    const asked: string[] = [];
    const backends = await Promise.all(
      [0, 1, 2].map(() =>
        startBackend(({ url: path = '' }, response) => {
          asked.push(path);
          if (path !== PATH) response.end('ok');
        }),
      ),
    );
    const proxy = await inFrontOf(
      backends.map(({ url }) => url),
      { probe: { servers: 3, wait: '5ms' }, transport },
    );
    const answers = await Promise.all(Array.from({ length: 40 }, () => proxy.ask()));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(asked.filter((path) => path === PATH).length).toBeLessThan(20);
    await eventually(() => proxy.plane.engine.open === 0);
  });

  it('an agent beside its server is asked at its own port', async () => {
    const { url, requests } = await startBackend();
    const beside = await aServer();
    const port = Number(new URL(beside.url).port);
    const proxy = await inFrontOf([url], { probe: { perRequest: 1 }, probes: { port }, transport });
    await eventually(async () => {
      await proxy.ask();
      return proxy.records()[0]?.stats?.arriba === 1000;
    });
    expect(requests.some(({ url: path }) => path === PATH)).toBe(false);
  });

  it('a server with a name is asked at whichever of its addresses it listens', async () => {
    const { url } = await aServer();
    const named = url.replace('127.0.0.1', 'localhost');
    const proxy = await inFrontOf([named], { probe: { perRequest: 1 }, transport });
    await eventually(async () => {
      await proxy.ask();
      return ((await probesOf(proxy))['answered'] ?? 0) > 0;
    });
  });

  it('a server that speaks TLS is asked by TLS', async () => {
    const { cert, key } = aCertificate({ names: ['127.0.0.1'] });
    const server = https.createServer({ cert, key }, (_request, response) => {
      response.setHeader(FIELD, 'named_metrics.arriba=77').end();
    });
    const url = `https://127.0.0.1:${await listenForTest(server)}`;
    const pools = { web: { servers: [url], tls: { verify: false }, probes: { timeout: '1s' } } };
    const routes = [{ pool: 'web', probe: { perRequest: 1 } }];
    const proxy = await aDataPlane(() => ({ pools, routes }), { transport });
    await eventually(async () => {
      await fetch(`http://127.0.0.1:${proxy.port()}/`);
      return ((await probesOf(proxy))['answered'] ?? 0) > 1;
    });
    expect(proxy.instance.board.pool('web')?.servers[0]?.arriba).toBe(77);
  });

  it('a reload that says another path is asked by it from then on', async () => {
    const asked: string[] = [];
    const { url } = await startBackend(({ url: path = '' }, response) => {
      asked.push(path);
      response.setHeader(FIELD, 'eps:1').end();
    });
    const pools = (path: string) => ({ web: { servers: [url], probes: { path } } });
    const routes = [{ pool: 'web', probe: { perRequest: 1 } }];
    const proxy = await aDataPlane(() => ({ pools: pools('/old'), routes }), { transport });
    const ask = () => fetch(`http://127.0.0.1:${proxy.port()}/`);
    await eventually(async () => (await ask()).ok && asked.includes('/old'));
    expect(await proxy.reload({ pools: pools('/new'), routes })).toMatchObject({ ok: true });
    await eventually(async () => (await ask()).ok && asked.includes('/new'));
  });
});
