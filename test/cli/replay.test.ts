import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { replay } from '../../src/cli/replay.ts';
import { Instance } from '../../src/control/instance.ts';
import { silentLog } from '../../src/control/logs/log.ts';
import { Heartbeat } from '../../src/script/heartbeat.ts';
import { aRequest } from '../../src/testing/index.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forehand-test-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
  await rm(folder, { recursive: true });
});

const path = (name: string): string => join(folder, name);

/** A trace of so many decisions, of a pool with four servers. */
const record = async (decisions: number): Promise<void> => {
  let now = 1000;
  const servers = [1, 2, 3, 4].map((i) => `http://127.0.0.1:300${i}`);
  const instance = await Instance.start({
    source: {
      value: { pools: { web: { servers, chain: ['byRandom'] } }, record: { file: 'trace' } },
      baseDirectory: folder,
    },
    env: {},
    log: silentLog,
    clock: { now: () => now, wallClock: () => now, epochOffset: () => 0 },
    seed: 1,
    watch: false,
    heartbeat: new Heartbeat(),
    recordsTo: (file) => file,
  });
  for (let i = 0; i < decisions; i++) {
    now += 5;
    const server = instance.choose(aRequest({ path: `/${i}` }), now)?.decision.chosen;
    if (server) instance.begin(server, now)({ kind: 'answered', status: 200, firstByte: 1, total: 2 }, now);
  }
  await instance.close();
};

type Flags = Parameters<typeof replay>[1];

const told = async (flags: Flags, ...files: string[]) => {
  const said = { out: '', err: '' };
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said.out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said.err += String(text);
    return true;
  });
  await replay(files.map(path), flags, { color: 'never' });
  vi.restoreAllMocks();
  return said;
};

describe('forehand replay', () => {
  it('says that all decisions are as they were', async () => {
    await record(400);
    const { out } = await told({}, 'trace');
    expect(out).toMatch(/^400 decisions, all as they were {3}checksum [0-9a-f]{8}\n$/);
    expect(process.exitCode).toBeUndefined();
  });

  it('prints JSON of shares and a checksum', async () => {
    await record(400);
    const result = JSON.parse((await told({ json: true }, 'trace')).out);
    expect(result).toMatchObject({
      decisions: 400,
      different: 0,
      checksum: expect.stringMatching(/^\w{8}$/),
    });
    const shares = Object.values(result.share as Record<string, [number, number]>);
    expect(shares).toHaveLength(4);
    for (const [before, after] of shares) expect(after).toBe(before);
    expect(shares.reduce((sum, [before]) => sum + before, 0)).toBeCloseTo(1, 10);
  });

  it('says what another chain would do, and that nothing feeds back', async () => {
    await record(400);
    await writeFile(path('new.yaml'), 'chain:\n  - roundRobin\n');
    const { out } = await told({ chain: path('new.yaml') }, 'trace');
    expect(out).toMatch(/400 decisions, of which the other chain makes \d+ otherwise/);
    expect(out).toContain('no feedback');
    expect(out).toMatch(/server +before +after/);
    expect(process.exitCode).toBeUndefined();
    expect((await told({ policy: 'random' }, 'trace')).out).toContain('the other chain makes');
  });

  it('shows the mistakes in a chain at their places', async () => {
    await record(4);
    await writeFile(path('new.yaml'), 'chain:\n  - byLaod\n');
    const { err } = await told({ chain: path('new.yaml') }, 'trace');
    expect(err).toMatch(/new\.yaml:2:5[\s\S]*did you mean `byLoad`/);
    expect(process.exitCode).toBe(1);
  });

  it('explains one decision', async () => {
    await record(50);
    const { out } = await told({ explain: '33' }, 'trace');
    expect(out).toContain('byRandom');
    expect(out).toMatch(/chosen: 127\.0\.0\.1:300\d/);
    await expect(told({ explain: '51' }, 'trace')).rejects.toThrow('there are 50 decisions, no number 51');
    await expect(told({ explain: '0' }, 'trace')).rejects.toThrow('--explain: expected the number');
  });

  it('refuses a pool that the trace has not', async () => {
    await record(10);
    await expect(told({ policy: 'full', pool: 'wob' }, 'trace')).rejects.toThrow(
      'there is no pool "wob" in the trace; known: web',
    );
  });

  it('names a file that cannot be read, of traces or of a chain', async () => {
    await record(4);
    for (const name of ['nope', '.'])
      await expect(told({}, 'trace', name)).rejects.toThrow(`${path(name)} cannot be read: `);
    await expect(told({ chain: path('nope.yaml') }, 'trace')).rejects.toThrow('nope.yaml cannot be read: ');
  });

  it('refuses what is no trace, and two chains at once', async () => {
    await writeFile(path('trace'), 'something');
    await expect(told({}, 'trace')).rejects.toThrow('is not a trace of forehand');
    await expect(told({ chain: 'a', policy: 'full' }, 'trace')).rejects.toThrow('expected one of them');
    await expect(told({ policy: 'nosuch' }, 'trace')).rejects.toThrow('unknown policy "nosuch"; known: ');
  });
});
