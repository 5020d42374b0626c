import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Instance } from '../../src/control/instance.ts';
import { silentLog } from '../../src/control/logs/log.ts';
import { shadowViews } from '../../src/control/shadow/shadow-views.ts';
import type { ShadowView } from '../../src/control/views/views.ts';
import { Heartbeat } from '../../src/script/heartbeat.ts';
import { aRequest } from '../../src/testing/index.ts';

let folder: string;
const started: Instance[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forehand-test-'));
});

afterEach(async () => {
  for (const instance of started.splice(0)) await instance.close();
  await rm(folder, { recursive: true });
});

const start = async (value: object): Promise<Instance> => {
  const instance = await Instance.start({
    source: { value, baseDirectory: folder },
    env: {},
    log: silentLog,
    clock: { now: () => 1000, wallClock: () => 1000, epochOffset: () => 0 },
    seed: 1,
    watch: false,
    heartbeat: new Heartbeat(),
  });
  started.push(instance);
  return instance;
};

const SERVERS = [1, 2, 3, 4].map((n) => `http://127.0.0.1:300${n}`);
const withShadow = (shadow: object, facts: object = {}): object => ({
  pools: { web: { servers: SERVERS, shadow, ...facts } },
});

const view = (instance: Instance): ShadowView | undefined => shadowViews(instance.counts.shadows.take())[0];
const ids = (instance: Instance, times: number): readonly (string | undefined)[] =>
  Array.from({ length: times }, () => instance.choose(aRequest())?.decision.chosen?.id);

describe('a pool with a shadow chain', () => {
  it('decides as without one, and counts what the other would have done', async () => {
    const chain = [{ sample: { least: 2 } }, 'byInFlight'];
    const instance = await start(withShadow({ chain: ['byRandom'] }, { chain }));
    const plain = await start({ pools: { web: { servers: SERVERS, chain } } });
    expect(ids(instance, 40)).toEqual(ids(plain, 40));
    expect(view(instance)).toMatchObject({ pool: 'web', links: ['byRandom'], decisions: 40, isSafe: false });
  });

  it('agrees with it where both are the same', async () => {
    const instance = await start(withShadow({ chain: 'default' }));
    ids(instance, 50);
    expect(view(instance)).toMatchObject({ decisions: 50, disagreements: 0 });
  });

  it.each([
    ['the same', { chain: ['byRandom'] }, {}, 8],
    ['another option', { chain: [{ sample: 3 }] }, {}, 3],
    ['another share', { chain: ['byRandom'], share: 0.5 }, {}, 1],
    ['another chain in use', { chain: ['byRandom'] }, { chain: ['byInFlight'] }, 3],
    ['another end', { chain: ['byRandom'] }, { whenEmpty: 'refuse' }, 3],
  ])('counts on, or anew, after a reload: %s', async (_, shadow, facts, decisions) => {
    const instance = await start(withShadow({ chain: ['byRandom'] }));
    ids(instance, 5);
    const { ok } = await instance.reload({ value: withShadow(shadow, facts) });
    expect(ok).toBe(true);
    ids(instance, 3);
    expect(view(instance)?.decisions).toBe(decisions);
  });

  it('counts anew when a script of it has changed', async () => {
    const write = (code: string) => writeFile(join(folder, 'mine.ts'), code);
    await write('export default (servers) => servers;');
    const instance = await start(withShadow({ chain: ['./mine.ts'] }));
    ids(instance, 5);
    await instance.reload();
    ids(instance, 1);
    expect(view(instance)?.decisions).toBe(6);
    await write('export default (servers) => [...servers].reverse();');
    await instance.reload();
    ids(instance, 1);
    expect(view(instance)?.decisions).toBe(1);
  });

  it('is served though a function of the shadow chain fails, which is bypassed there alone', async () => {
    await writeFile(
      join(folder, 'moody.ts'),
      'export default (servers) => { if (servers.length === 4) throw new Error("four"); return servers; };',
    );
    const chain = [{ sample: { least: 3 } }, './moody.ts'];
    const instance = await start(withShadow({ chain: ['./moody.ts'] }, { chain }));
    expect(ids(instance, 200).every((id) => id !== undefined)).toBe(true);
    expect(view(instance)).toMatchObject({ lastFault: 'four', isSafe: false });
    const [links] = instance.counts.chains.list().map((one) => one.links);
    expect(links?.[1]).toMatchObject({ name: './moody.ts', bypassed: false, faults: { throw: 0 } });
    expect(
      instance.events
        .newest(10)
        .map(({ message }) => message)
        .join(),
    ).toContain('./moody.ts (shadow)');
  });

  it('shows no server as ejected that only the shadow chain would eject', async () => {
    const strict = { notEjected: { errors: 1 } };
    const instance = await start(withShadow({ chain: [strict, 'byRandom'] }, { chain: ['byRandom'] }));
    const pool = instance.board.pool('web');
    const [server] = pool?.servers ?? [];
    if (!pool || !server) throw new TypeError('no server');
    for (let i = 0; i < 5; i++)
      instance.begin(server, 1000)({ kind: 'answered', status: 500, firstByte: 1, total: 1 }, 1000);
    expect(pool.stateOf(server, 1000)).toBe('ready');
    ids(instance, 100);
    expect(view(instance)?.disagreements).toBeGreaterThan(0);
  });

  it('shows it where the chain in use has the same function', async () => {
    const strict = { notEjected: { errors: 1 } };
    const chain = [strict, 'byRandom'];
    const instance = await start(withShadow({ chain }, { chain }));
    const pool = instance.board.pool('web');
    const [server] = pool?.servers ?? [];
    if (!pool || !server) throw new TypeError('no server');
    for (let i = 0; i < 5; i++)
      instance.begin(server, 1000)({ kind: 'answered', status: 500, firstByte: 1, total: 1 }, 1000);
    expect(pool.stateOf(server, 1000)).toBe('ejected');
    ids(instance, 50);
    expect(view(instance)?.disagreements).toBe(0);
  });
});
