import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { command, eventually, startCommand, stopAll } from './command.ts';

const TOKEN = 'a-token-of-some-length';
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forehand-test-'));
});

afterEach(async () => {
  await stopAll();
  await rm(folder, { recursive: true });
});

interface Started {
  readonly admin: string;
  readonly agents: string;
}

const start = async (): Promise<Started> => {
  const text = `listen: ["127.0.0.1:0"]
admin: "127.0.0.1:0"
agents: { listen: "http://127.0.0.1:0", token: "${TOKEN}" }
pools:
  web:
    servers: [{ id: a, url: "http://127.0.0.1:3001" }]
    accept: ["127.0.0.0/8:3000-3999"]
`;
  await writeFile(join(folder, 'forehand.yaml'), text);
  const program = startCommand(['run'], { cwd: folder });
  const [, admin = ''] = await program.says(/admin on http:\/\/(\S+)\//);
  const [, agents = ''] = await program.says(/reports: .*?(http:\/\/127\.0\.0\.1:\d+)/);
  return { admin, agents };
};

let seq = 0;
const aReport = (facts: object = {}): object => ({
  v: 1,
  node: 'n1',
  boot: 'b1',
  seq: ++seq,
  stats: { load1: 0.5, cpuIdle: 0.9, cpus: 2, arriba: 1100 },
  servers: [{ url: 'http://127.0.0.1:3001', stats: { inFlight: 3 } }],
  ...facts,
});

const post = async (
  agents: string,
  report: object | string,
  token = TOKEN,
): Promise<{ status: number; code?: string }> => {
  const body = typeof report === 'string' ? report : JSON.stringify(report);
  const answer = await fetch(`${agents}/v1/reports`, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  });
  const text = await answer.text();
  return { status: answer.status, ...(text ? { code: JSON.parse(text).error.code } : {}) };
};

const api = async (admin: string, path: string) =>
  JSON.parse(await (await fetch(`http://${admin}/api/v1/${path}`)).text());

describe('reports from outside', () => {
  it('are shown with the server, its age and its source', async () => {
    const { admin, agents } = await start();
    expect(await post(agents, aReport())).toEqual({ status: 204 });
    const [server] = await api(admin, 'servers');
    expect(server).toMatchObject({
      id: 'a',
      state: 'ready',
      load1: 0.5,
      arriba: 1100,
      inFlight: 0,
      reportedInFlight: 3,
      source: 'http 127.0.0.1',
    });
    expect(server.stats).toMatchObject({ cpuIdle: 0.9, inFlight: 3 });
    expect(server.ageMs).toBeLessThan(10_000);
  });

  it('may announce a server that accept allows', async () => {
    const { admin, agents } = await start();
    await post(agents, aReport({ servers: [{ url: 'http://127.0.0.1:3500', tags: ['new'] }] }));
    expect(await api(admin, 'servers')).toMatchObject([{ id: 'a' }, { id: '127.0.0.1:3500', tags: ['new'] }]);
  });

  it('are refused with a counted reason that the status page shows', async () => {
    const { admin, agents } = await start();
    const same = aReport();
    expect(await post(agents, same)).toEqual({ status: 204 });
    expect(await post(agents, same)).toEqual({ status: 409, code: 'replayed' });
    expect(await post(agents, aReport(), 'wrong')).toEqual({ status: 401, code: 'token' });
    expect(await post(agents, aReport({ servers: [{ url: 'http://10.0.0.1:22' }] }))).toEqual({
      status: 403,
      code: 'not_accepted',
    });
    expect(await post(agents, aReport({ stats: { load1: -1 } }))).toMatchObject({
      status: 422,
      code: 'number',
    });
    expect(
      await post(agents, JSON.stringify(aReport({ stats: { load1: 77 } })).replace('77', '1e999')),
    ).toMatchObject({ status: 422, code: 'number' });
    expect(await post(agents, aReport({ stats: { load1: 'NaN' } }))).toMatchObject({
      status: 422,
      code: 'number',
    });
    expect(await post(agents, '{"v":')).toMatchObject({ status: 400, code: 'malformed' });
    expect(await post(agents, aReport({ v: 2 }))).toMatchObject({ status: 400, code: 'version' });
    const refusals = await api(admin, 'refusals');
    const counts = Object.fromEntries(
      refusals.map(({ code, count }: { code: string; count: number }) => [code, count]),
    );
    expect(counts).toEqual({ replayed: 1, token: 1, not_accepted: 1, number: 3, malformed: 1, version: 1 });
    expect(await (await fetch(`http://${admin}/metrics`)).text()).toContain(
      'forehand_node_reports_rejected_total{reason="number"} 3',
    );
  });

  it('come from the agent command, by HTTP with a token', async () => {
    const { admin, agents } = await start();
    const { program } = {
      program: startCommand(
        [
          'agent',
          '--to',
          agents,
          '--url',
          'http://127.0.0.1:3001',
          '--pool',
          'web',
          '--node',
          'here',
          '--interval',
          '100ms',
        ],
        { env: { FOREHAND_TOKEN: TOKEN, XDG_CACHE_HOME: folder } },
      ),
    };
    const servers = await eventually(
      () => api(admin, 'servers'),
      ([server]) => server.node === 'here',
    );
    expect(servers[0]).toMatchObject({ state: 'ready' });
    expect(servers[0].memoryTotal).toBeGreaterThan(1e6);
    expect(servers[0].cpus).toBeGreaterThan(0);
    const { stdout } = await command(['servers', '--admin', admin]);
    expect(stdout).toMatch(/web +a +ready/);
    expect(await program.stop()).toBe(0);
  });
});
