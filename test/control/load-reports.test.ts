import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createMiddleware } from '../../src/control/create-middleware.ts';
import { LoadReports } from '../../src/control/load-reports.ts';
import { correctedRequests } from '../../src/core/estimate.ts';
import type { Refusal } from '../../src/core/report.ts';
import type { ServerRecord } from '../../src/core/server-record.ts';
import { aBoard } from '../core/support.ts';
import { aDataPlane } from '../support/a-data-plane.ts';
import { listenForTest } from '../support/a-door.ts';
import { TRANSPORTS } from '../support/an-engine.ts';
import { eventually } from '../support/eventually.ts';
import { connectRaw } from '../support/raw-client.ts';
import { startBackend } from '../support/start-backend.ts';

const FIELD = 'endpoint-load-metrics';

const requestsAt = (server: ServerRecord): number => correctedRequests(server, { now: 0, proxies: 1 });

/** Load reports on a board of their own, with a clock that stands still. */
const someReports = () => {
  const clock = { now: 1000 };
  const made = aBoard(['a', 'b']);
  const refused: string[] = [];
  const reports = new LoadReports({
    board: made.board,
    now: () => clock.now,
    refused: ({ code }: Refusal, { id }) => void refused.push(`${id} ${code}`),
  });
  onTestFinished(() => reports.close());
  return { ...made, clock, refused, reports };
};

describe('load reports', () => {
  it('put on the board what a server says, and that it said it again', () => {
    const { reports, server, clock } = someReports();
    reports.hear(server('a'), 'text', 'cpu_utilization:0.25');
    const { stats } = server('a');
    expect(stats).toEqual({ cpuIdle: 0.75 });
    clock.now = 1500;
    reports.hear(server('a'), 'text', 'cpu_utilization:0.25');
    expect(server('a').stats).toBe(stats);
    expect(server('a').heardAt).toBe(1500);
    expect(reports.last(server('a'))).toMatchObject({ at: 1500, refusals: 0 });
  });

  it('say whether the server was asked by a probe', () => {
    const { reports, server, pool } = someReports();
    const heard: string[] = [];
    pool.column('by', {
      init: () => undefined,
      onReport: (_, { by }) => {
        heard.push(by);
        return false;
      },
    });
    reports.hear(server('a'), 'text', 'eps:1');
    reports.hear(server('a'), 'text', 'eps:1', 'probe');
    expect(heard).toEqual(['answer', 'probe']);
  });

  it('read the same text anew where it comes as something else', () => {
    const { reports, server } = someReports();
    reports.hear(server('a'), 'text', '{}');
    expect(server('a').refused).toBe(1);
    reports.hear(server('a'), 'json', '{}');
    expect(server('a')).toMatchObject({ refused: 1, stats: {} });
  });

  it('count what is refused, each time, and leave what was said before', () => {
    const { reports, server, refused } = someReports();
    reports.hear(server('a'), 'text', 'eps:1');
    for (let i = 0; i < 3; i++) reports.hear(server('a'), 'text', 'eps:nan');
    reports.hear(server('b'), 'several', '');
    expect(refused).toEqual(['a malformed', 'a malformed', 'a malformed', 'b malformed']);
    expect(server('a')).toMatchObject({ refused: 3, stats: { custom: { eps: 1 } } });
    expect(reports.last(server('a'))).toMatchObject({ refusals: 3, refusal: { code: 'malformed' } });
    reports.hear(server('a'), 'text', 'eps:2');
    expect(reports.last(server('a'))).toMatchObject({ refusals: 3, refusal: { code: 'malformed' } });
    expect(server('a').stats).toEqual({ custom: { eps: 2 } });
  });

  it('lapse when nothing more comes', () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { reports, server, clock } = someReports();
    reports.hear(server('a'), 'text', 'eps:1');
    clock.now += 2900;
    vi.advanceTimersByTime(2900);
    expect(server('a').stats).toBeDefined();
    clock.now += 1100;
    vi.advanceTimersByTime(1100);
    expect(server('a').stats).toBeUndefined();
    reports.close();
    expect(vi.getTimerCount()).toBe(0);
  });
});

/** A server that says how many requests it has, `others` among them, and answers when it is told to. */
const aCounter = async (others: () => number) => {
  const held: ServerResponse[] = [];
  const backend = await startBackend((_req, res) => void held.push(res));
  const truth = (): number => held.length + others();
  const answer = (): void => {
    const res = held[0];
    res?.setHeader(FIELD, `named_metrics.in_flight=${truth()}`);
    held.shift();
    res?.end('ok');
  };
  return { backend, held, truth, answer };
};

describe.each(TRANSPORTS)('a server that says its load with its answers, on %s', (transport) => {
  it('is believed from that moment on, and the client sees nothing of it', async () => {
    const { url } = await startBackend((_req, res) =>
      res.setHeader(`${FIELD}-json`, '{"cpu_utilization":0.75,"named_metrics":{"depth":3}}').end('ok'),
    );
    const { port, traffic } = await aDataPlane(() => ({ pools: { web: { servers: [url] } } }), { transport });
    const answer = await fetch(`http://127.0.0.1:${port()}/`);
    expect(answer.headers.get(`${FIELD}-json`)).toBeNull();
    expect(await answer.text()).toBe('ok');
    const [view] = traffic.servers();
    expect(view).toMatchObject({ stats: { cpuIdle: 0.25, custom: { depth: 3 } }, ageMs: expect.any(Number) });
  });

  it('does no harm with what nobody understands, which is counted', async () => {
    const said = ['eps:1', 'eps:nan', '{', 'named_metrics.x:2'];
    let at = 0;
    const { url } = await startBackend((_req, res) => res.setHeader(FIELD, said[at++ % 4] ?? '').end('ok'));
    const { port, traffic, instance } = await aDataPlane(() => ({ pools: { web: { servers: [url] } } }), {
      transport,
    });
    for (let i = 0; i < 8; i++) {
      const answer = await fetch(`http://127.0.0.1:${port()}/`);
      expect(answer.status).toBe(200);
      expect(await answer.text()).toBe('ok');
    }
    const record = instance.board.pool('web')?.servers[0];
    expect(record).toMatchObject({ refused: 4, stats: { custom: { x: 2 } }, failures: 0 });
    const { body } = await traffic.metrics.text();
    expect(body).toMatch(/malformed"[^}]*\} 4$/m);
  });

  it('has as many requests as it says, less each that ends, whoever else sends it some', async () => {
    let others = 7;
    const { backend, held, truth, answer } = await aCounter(() => others);
    const { port, instance } = await aDataPlane(() => ({ pools: { web: { servers: [backend.url] } } }), {
      transport,
    });
    const record = instance.board.pool('web')?.servers[0];
    if (!record) throw new TypeError('no server');
    const clients = await Promise.all(Array.from({ length: 5 }, () => connectRaw(port())));
    for (const client of clients) client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await eventually(() => held.length === 5, 'all have come');
    expect(requestsAt(record)).toBe(5);
    for (let left = 4; left >= 0; left--) {
      if (left === 2) others = 1;
      answer();
      await eventually(() => record.inFlight === left, 'one has ended');
      expect(requestsAt(record)).toBe(truth());
    }
    clients[0]?.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await eventually(() => held.length === 1, 'another has come');
    expect(requestsAt(record)).toBe(truth());
    answer();
    if (clients[0]) await once(clients[0].socket, 'data');
  });
});

it('at the door of an application a server is believed, too, and refused', async () => {
  const said = ['named_metrics.depth:3', '!'];
  let at = 0;
  const { url } = await startBackend((_req, res) => res.setHeader(FIELD, said[at++] ?? '').end('ok'));
  const middleware = await createMiddleware({ pools: { web: { servers: [url] } } });
  onTestFinished(() => middleware.close());
  const port = await listenForTest(createServer(middleware.web));
  for (let i = 0; i < 2; i++) {
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    expect(answer.headers.has(FIELD)).toBe(false);
    expect(await answer.text()).toBe('ok');
  }
  expect(middleware.servers()).toMatchObject([
    { source: 'orca', stats: { custom: { depth: 3 } }, refused: 1 },
  ]);
  expect((await middleware.metrics()).body).toMatch(/malformed"[^}]*\} 1$/m);
});
