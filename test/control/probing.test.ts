import type { IncomingHttpHeaders } from 'node:http';
import { expect, it } from 'vitest';
import { aDataPlane } from '../support/a-data-plane.ts';
import { turn } from '../support/a-fake-connection.ts';
import { eventually } from '../support/eventually.ts';
import { startBackend } from '../support/start-backend.ts';

const PATH = '/.well-known/forehand/load';

/** A server that notes what it is asked by probes. */
const aProbed = async () => {
  const probes: IncomingHttpHeaders[] = [];
  const backend = await startBackend(({ url, headers }, response) => {
    if (url === PATH) probes.push(headers);
    response.setHeader('endpoint-load-metrics', 'named_metrics.in_flight:3').end();
  });
  return { ...backend, url: backend.url, port: backend.port, probes };
};

const credentials = { user: 'forehand', password: 's3cret' };
const routes = [{ pool: 'web', probe: { perRequest: 1 } }];

it('shows the credentials of the pool to its servers, and not to an agent beside one', async () => {
  const [server, beside] = [await aProbed(), await aProbed()];
  const pools = (probes: object) => ({ web: { servers: [server.url], credentials, probes } });
  const plane = await aDataPlane(() => ({ pools: pools({}), routes }));
  const ask = () => fetch(`http://127.0.0.1:${plane.port()}/`);
  await eventually(async () => (await ask()).ok && server.probes.length > 0);
  expect(server.probes[0]?.authorization).toMatch(/^Basic /);
  await plane.reload({ pools: pools({ port: beside.port }), routes });
  await eventually(async () => (await ask()).ok && beside.probes.length > 0);
  expect(beside.probes[0]).not.toHaveProperty('authorization');
});

it.each([
  ['spares a server that has just said its count of requests', { inFlight: 1 }, false],
  ['asks a server that has just said everything but that', { cpuIdle: 1 }, true],
])('%s', async (_, stats, isAsked) => {
  const server = await aProbed();
  const plane = await aDataPlane(() => ({
    pools: { web: { servers: [server.url], probes: { path: '/load' } } },
    routes,
  }));
  const { board } = plane.instance;
  const [record] = board.pool('web')?.servers ?? [];
  if (!record) throw new Error('no server');
  // Heard in a time to come, so that it stays new however long this takes.
  board.hearInBand(record, { stats, heardAt: performance.now() + 60_000, by: 'answer' });
  await fetch(`http://127.0.0.1:${plane.port()}/`);
  await turn();
  expect(plane.plane.probing.connections).toBe(isAsked ? 1 : 0);
});

it('asks nobody where no route wants that', async () => {
  const server = await aProbed();
  const plane = await aDataPlane(() => ({ pools: { web: { servers: [server.url], chain: 'full' } } }));
  for (let i = 0; i < 5; i++) await fetch(`http://127.0.0.1:${plane.port()}/`);
  expect([server.probes.length, plane.plane.probing.connections]).toEqual([0, 0]);
});

it('is no question before a decision unless some route waits, as the configuration says now', async () => {
  const server = await aProbed();
  const pools = { web: { servers: [server.url] } };
  const plane = await aDataPlane(() => ({ pools, routes }));
  const { parts } = plane.plane.engine;
  expect(parts.refresh).toBeUndefined();
  await plane.reload({ pools, routes: [{ pool: 'web', probe: { servers: 2, wait: '1ms' } }] });
  expect(parts.refresh).toBeTypeOf('function');
  await plane.reload({ pools, routes });
  expect(parts.refresh).toBeUndefined();
});

it('leaves nothing behind of a request whose client leaves while it waits for answers', async () => {
  const asked: string[] = [];
  const silent = () =>
    startBackend(({ url = '' }, response) => {
      asked.push(url);
      if (url !== PATH) response.end();
    });
  const servers = [(await silent()).url, (await silent()).url];
  const probe = { servers: 2, wait: '1s' };
  const plane = await aDataPlane(() => ({
    pools: { web: { servers, probes: { timeout: '1s' } } },
    routes: [{ pool: 'web', probe }],
  }));
  const leaving = new AbortController();
  const left = fetch(`http://127.0.0.1:${plane.port()}/`, { signal: leaving.signal });
  await eventually(() => asked.length === 2);
  leaving.abort();
  await expect(left).rejects.toThrow();
  await eventually(() => plane.plane.engine.open === 0);
  // The wait goes on to its end, and must not wake what is gone.
  await eventually(async () =>
    /forehand_probes_total\{pool="web",result="timeout"\} 2\n/.test(
      (await plane.traffic.metrics.text()).body,
    ),
  );
  expect(asked).toEqual([PATH, PATH]);
  expect(plane.said.filter(({ level }) => level === 'error')).toEqual([]);
  expect(plane.instance.board.pool('web')?.servers.every(({ inFlight }) => inFlight === 0)).toBe(true);
});
