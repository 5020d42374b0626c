import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Instance } from '../../../src/control/instance.ts';
import type { InstanceOptions } from '../../../src/control/instance-options.ts';
import { silentLog } from '../../../src/control/logs/log.ts';
import { plannedAgain } from '../../../src/control/recording/recorded-setup.ts';
import { type FilesResult, replayFiles } from '../../../src/recording/replay-files.ts';
import { Heartbeat } from '../../../src/script/heartbeat.ts';
import { aRequest } from '../../../src/testing/index.ts';

let folder: string;
let now = 0;
const started: Instance[] = [];

beforeEach(async () => {
  now = 1000;
  folder = await mkdtemp(join(tmpdir(), 'forehand-test-'));
});

afterEach(async () => {
  vi.useRealTimers();
  for (const instance of started.splice(0)) await instance.close();
  await rm(folder, { recursive: true });
});

const SERVERS = [1, 2, 3, 4, 5, 6].map((i) => `http://127.0.0.1:300${i}`);

const aConfig = (facts: object = {}, record: object | null = {}): object => ({
  pools: { web: { servers: SERVERS } },
  ...(record ? { record: { file: 'trace', ...record } } : {}),
  ...facts,
});

const start = async (value: object, options: Partial<InstanceOptions> = {}): Promise<Instance> => {
  const instance = await Instance.start({
    source: { value, baseDirectory: folder },
    env: {},
    log: silentLog,
    clock: { now: () => now, wallClock: () => 1_000_000 + now, epochOffset: () => 1_000_000 },
    seed: 1,
    watch: false,
    heartbeat: new Heartbeat(),
    recordsTo: (file) => file,
    ...options,
  });
  started.push(instance);
  return instance;
};

const end = async (instance: Instance): Promise<void> => {
  started.splice(started.indexOf(instance), 1);
  await instance.close();
};

/** So many requests, each with its answer. */
const serve = (instance: Instance, requests: number): void => {
  for (let i = 0; i < requests; i++) {
    now += 1 + (i % 7);
    const choice = instance.choose(aRequest({ path: `/${i % 10}`, headers: { 'x-key': `${i}` } }), now);
    const server = choice?.decision.chosen;
    if (!server) throw new Error('nobody was chosen');
    const done = instance.begin(server, now);
    if (i % 3 > 0) done({ kind: 'answered', status: 200, firstByte: i % 11, total: i % 13 }, now);
  }
};

const replayed = (...names: string[]): Promise<FilesResult> =>
  replayFiles(
    names.map((name) => join(folder, name)),
    {
      chains: async (setup) => {
        const planned = await plannedAgain(setup);
        return { recorded: (name) => planned.find((chain) => chain.name === name)! };
      },
    },
  );

describe('a recording', () => {
  it('is replayed equal, over reloads that change pools and chains', async () => {
    const instance = await start(aConfig());
    serve(instance, 200);
    const routes = [
      { path: '/1', pool: 'web', chain: 'full' },
      { pool: 'web', chain: ['roundRobin'] },
    ];
    const wanted = aConfig({ pools: { web: { servers: SERVERS.slice(1) } }, routes });
    const source = { value: wanted, baseDirectory: folder };
    expect(await instance.reload(source)).toMatchObject({ ok: true });
    serve(instance, 300);
    await end(instance);
    expect(await replayed('trace')).toMatchObject({ decisions: 500, different: 0, lost: 0, damaged: [] });
  });

  it('begins when a reload asks for it, and ends when one does not any more', async () => {
    const instance = await start(aConfig({}, null));
    serve(instance, 100);
    expect(await readdir(folder)).toEqual([]);
    await instance.reload({ value: aConfig(), baseDirectory: folder });
    serve(instance, 50);
    await instance.reload({ value: aConfig({}, null), baseDirectory: folder });
    serve(instance, 100);
    await end(instance);
    expect(await replayed('trace')).toMatchObject({ decisions: 50, different: 0 });
  });

  it('keeps what came before where reloads change what is recorded, one at the heels of the other', async () => {
    const instance = await start(aConfig());
    for (const name of ['x-a', 'x-b', 'x-c']) {
      serve(instance, 100);
      await instance.reload({ value: aConfig({}, { headers: [name] }), baseDirectory: folder });
    }
    serve(instance, 100);
    await end(instance);
    const names = ['trace', 'trace.1', 'trace.2', 'trace.3'];
    expect((await readdir(folder)).toSorted()).toEqual(names);
    expect(await replayed(...names)).toMatchObject({ decisions: 400, different: 0, damaged: [] });
  });

  it("holds users' functions as they were", async () => {
    const file = join(folder, 'mine.ts');
    const text = (bit: number): string => `
      import { defineCandidacy } from 'forehand';
      export default defineCandidacy({
        name: 'mine',
        signal: () => ({ init: () => ({ begun: 0 }), onBegin: (memory) => { memory.begun += 1; } }),
        create: (_, memory) => (servers, { request }) =>
          servers.filter((s) => (memory(s).begun & 1) === ((Number(request.header('x-key')) >> ${bit}) & 1)),
      });`;
    await writeFile(file, text(0));
    const pools = { web: { servers: SERVERS, chain: ['./mine.ts', 'byRandom'] } };
    const instance = await start(aConfig({ pools }, { headers: ['X-Key'] }));
    serve(instance, 200);
    await writeFile(file, text(3));
    await end(instance);
    expect(await replayed('trace')).toMatchObject({ decisions: 200, different: 0, forgotten: [] });
  });

  it('keeps the files of earlier runs beside its own, for its owner alone', async () => {
    for (const requests of [10, 20, 30]) {
      const instance = await start(aConfig({}, { files: 2 }));
      serve(instance, requests);
      await end(instance);
    }
    expect((await readdir(folder)).toSorted()).toEqual(['trace', 'trace.1']);
    expect((await stat(join(folder, 'trace'))).mode & 0o777).toBe(0o600);
    expect(await replayed('trace', 'trace.1')).toMatchObject({ decisions: 50, different: 0 });
  });

  it('tells in the end of every decision that was lost, however often some are', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const told: number[] = [];
    const warn = (text: string): void =>
      void told.push(Number(/could not be written: (\d+)/.exec(text)?.[1]));
    const instance = await start(aConfig(), { log: { ...silentLog, warn } });
    // Nothing is written meanwhile: the event loop does not turn.
    serve(instance, 40_000);
    vi.advanceTimersByTime(500);
    const before = now;
    serve(instance, 500);
    expect(now).toBeLessThan(before + 10_000);
    vi.advanceTimersByTime(500);
    expect(told).toHaveLength(1);
    now = before + 10_000;
    vi.advanceTimersByTime(500);
    await end(instance);
    const { decisions } = await replayed('trace');
    expect(decisions + told.reduce((sum, lost) => sum + lost, 0)).toBe(40_500);
  });

  it('says that a file cannot be written, and hinders nothing', async () => {
    const warnings: string[] = [];
    const log = { ...silentLog, warn: (text: string) => void warnings.push(text) };
    const instance = await start(aConfig({}, { file: 'nowhere/trace' }), { log });
    serve(instance, 100);
    await end(instance);
    expect(warnings.join()).toContain('nowhere/trace cannot be written');
  });
});
