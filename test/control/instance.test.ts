import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Instance } from '../../src/control/instance.ts';
import { silentLog } from '../../src/control/logs/log.ts';
import type { RunClock } from '../../src/control/run-clock.ts';
import { Heartbeat } from '../../src/script/heartbeat.ts';
import { aRequest } from '../../src/testing/index.ts';

let folder: string;
let now = 0;
const started: Instance[] = [];
const clock: RunClock = { now: () => now, wallClock: () => 1_000_000 + now, epochOffset: () => 1_000_000 };

beforeEach(async () => {
  now = 1000;
  folder = await mkdtemp(join(tmpdir(), 'forehand-test-'));
});

afterEach(async () => {
  for (const instance of started.splice(0)) await instance.close();
  await rm(folder, { recursive: true });
});

const start = async (value: object): Promise<Instance> => {
  const source = { value, baseDirectory: folder };
  const instance = await Instance.start({
    source,
    env: {},
    log: silentLog,
    clock,
    seed: 1,
    watch: false,
    heartbeat: new Heartbeat(),
  });
  started.push(instance);
  return instance;
};

const SERVERS = ['http://127.0.0.1:3001', 'http://127.0.0.1:3002', 'http://127.0.0.1:3003'];

describe('an instance', () => {
  it('chooses among the servers of the route and counts what each link did', async () => {
    const instance = await start({
      pools: { web: { servers: SERVERS, chain: ['byRandom', 'byLogWindow'] } },
    });
    for (let i = 0; i < 10; i++)
      expect(SERVERS).toContain(instance.choose(aRequest())?.decision.chosen?.url.origin);
    const [chain] = instance.counts.chains.list();
    expect(
      chain?.links.map(({ name, calls, serversIn, serversOut }) => [name, calls, serversIn, serversOut]),
    ).toEqual([
      ['byRandom', 10, 30, 30],
      ['byLogWindow', 10, 30, 10],
    ]);
  });

  it('keeps in-flight counts and latencies of servers that stay over a reload', async () => {
    const instance = await start({ pools: { web: { servers: SERVERS } } });
    const server = instance.board.pool('web')?.servers[0];
    const done = instance.begin(server as never, 0);
    const result = await instance.reload({
      value: { pools: { web: { servers: SERVERS.slice(0, 1), chain: ['byInFlight'] } } },
    });
    expect(result.ok).toBe(true);
    expect(instance.board.pool('web')?.servers[0]).toMatchObject({ inFlight: 1 });
    done({ kind: 'answered', status: 200, firstByte: 5, total: 6 }, 6);
    expect(instance.board.pool('web')?.servers[0]).toMatchObject({ inFlight: 0, latency: 5 });
  });

  it('keeps everything when the new configuration is wrong, and says why', async () => {
    const instance = await start({ pools: { web: { servers: SERVERS } } });
    const result = await instance.reload({
      value: { pools: { web: { servers: SERVERS, chain: ['byLaod'] } } },
    });
    expect(result).toMatchObject({ ok: false });
    expect(result.text).toContain('did you mean `byLoad`');
    expect(instance.status).toMatchObject({ lastResult: 'failed', reloads: { ok: 0, failed: 1 } });
    expect(instance.model.chains[0]?.links.at(-1)?.name).toBe('byMarginalCost');
    expect(instance.events.newest(1)[0]?.kind).toBe('config_refused');
  });

  it('names the keys that wait for a restart', async () => {
    const pools = { web: { servers: SERVERS } };
    const instance = await start({ pools });
    const result = await instance.reload({
      value: { pools, listen: ['127.0.0.1:1234'], log: { level: 'debug' }, timeouts: { connect: '1s' } },
    });
    expect(result).toMatchObject({ ok: true, ignored: ['listen', 'log'] });
  });

  it('does one reload after the other', async () => {
    const instance = await start({ pools: { web: { servers: SERVERS } } });
    const results = await Promise.all(
      [1, 2, 3].map((n) => instance.reload({ value: { pools: { web: { servers: SERVERS.slice(0, n) } } } })),
    );
    expect(results.map(({ ok }) => ok)).toEqual([true, true, true]);
    expect(instance.board.pool('web')?.servers).toHaveLength(3);
    expect(instance.status.reloads).toEqual({ ok: 3, failed: 0 });
  });

  it('explains what it would choose without counting it', async () => {
    const instance = await start({
      pools: { web: { servers: SERVERS, chain: [{ byHostname: 'nowhere' }], whenEmpty: 'refuse' } },
    });
    const answer = instance.explain({ url: '/x' });
    expect(answer).toMatchObject({ pool: 'web', route: '*/', chosen: null, delivery: 'refused', ranked: [] });
    expect(answer?.steps[0]?.dropped).toHaveLength(3);
    expect(instance.counts.chains.list()[0]?.links[0]?.calls).toBe(0);
  });

  it('explains nothing where no route matches', async () => {
    const instance = await start({
      pools: { web: { servers: SERVERS } },
      routes: [{ host: 'a.example.com', pool: 'web' }],
    });
    expect(instance.explain({ url: 'http://b.example.com/' })).toBeUndefined();
  });

  it('says at every reload what waits for a restart, and that a route without a pool answers itself', async () => {
    const routes = [{ path: '/gone', respond: { status: 410 } }];
    const instance = await start({ pools: { web: { servers: SERVERS } }, routes });
    expect(instance.explain({ url: '/gone' })?.why).toBe('route */gone answers itself');
    const value = { pools: { web: { servers: SERVERS } }, workers: 2 };
    const changed = () => instance.reload({ value, baseDirectory: folder });
    expect((await changed()).ignored).toEqual(['workers']);
    expect((await changed()).ignored).toEqual(['workers']);
  });

  it("counts what a user's function does wrong, and goes on without it", async () => {
    await writeFile(join(folder, 'bad.ts'), "export default () => 'none of you';\n");
    const instance = await start({ pools: { web: { servers: SERVERS, chain: ['./bad.ts', 'byInFlight'] } } });
    expect(instance.choose(aRequest())?.decision.chosen?.url.origin).toBe(SERVERS[0]);
    const [link] = instance.counts.chains.list()[0]?.links ?? [];
    expect(link?.faults.bad_result).toBe(1);
    expect(link?.lastFault).toContain('not a list of servers');
  });

  it('shares its own modules with scripts, so that loadServerStats shows its servers', async () => {
    await writeFile(
      join(folder, 'ported.ts'),
      `import { loadServerStats, MAXSERVERS } from 'forehand';
       export default (servers) => servers.filter((s) => loadServerStats()[s.slot].load < 1500 && MAXSERVERS > 1);`,
    );
    const instance = await start({ pools: { web: { servers: SERVERS, chain: ['./ported.ts'] } } });
    const report = {
      v: 1,
      node: 'n',
      boot: 'b',
      seq: 1,
      stats: { load1: 2 },
      servers: [{ url: SERVERS[0] ?? '' }],
    } as const;
    instance.board.hear(report, { address: '127.0.0.1', transport: 'memory' }, now);
    expect(instance.choose(aRequest())?.decision.chosen?.url.origin).toBe(SERVERS[1]);
  });
});
