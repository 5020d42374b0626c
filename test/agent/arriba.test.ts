import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { benchNode, keptBenchmark, measuredFrom } from '../../agent/arriba.ts';
import { cacheFiles, fingerprint } from '../../agent/arriba-cache.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forehand-arriba-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});
const file = (): string => join(folder, 'cache', 'arriba.json');
const write = (kept: unknown): void => {
  mkdirSync(join(folder, 'cache'));
  writeFileSync(file(), typeof kept === 'string' ? kept : JSON.stringify(kept));
};

describe('measuredFrom', () => {
  it('takes the best turn of each loop, whatever disturbed the others', () => {
    const calm = measuredFrom([[0.4, 0.05, 0.25]]);
    const disturbed = measuredFrom([
      [0.4, 0.9, 0.9],
      [0.9, 0.05, 0.9],
      [0.9, 0.9, 0.25],
    ]);
    expect(disturbed.arriba).toBe(calm.arriba);
    expect(disturbed.spread).toBeGreaterThan(0.4);
    expect(calm.spread).toBe(0);
  });

  it('doubles for a core that is twice as fast', () => {
    const slow = measuredFrom([[0.4, 0.04, 0.2]]).arriba;
    const fast = measuredFrom([[0.2, 0.02, 0.1]]).arriba;
    expect(fast / slow).toBeCloseTo(2, 2);
  });

  it('is 1000 for the reference machine', () => {
    expect(measuredFrom([[0.37, 0.0431, 0.2614]]).arriba).toBeGreaterThanOrEqual(990);
    expect(measuredFrom([[0.37, 0.0431, 0.2614]]).arriba).toBeLessThanOrEqual(1010);
  });
});

describe('benchNode', () => {
  it('measures once and remembers, for its owner only', async () => {
    const first = await benchNode({ files: [file()] });
    expect(first.cached).toBe(false);
    expect(first.arriba).toBeGreaterThan(10);
    expect(first.arriba).toBeLessThan(100_000);
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'cache'))).toEqual(['arriba.json']);
    expect(await benchNode({ files: [file()] })).toEqual({ ...first, cached: true });
    expect(keptBenchmark([file()])).toEqual({ ...first, cached: true });
  });

  it('measures again when told to', async () => {
    write({ arriba: 5, spread: 0, fingerprint: fingerprint() });
    expect((await benchNode({ files: [file()] })).arriba).toBe(5);
    const again = await benchNode({ files: [file()], force: true });
    expect(again.cached).toBe(false);
    expect(JSON.parse(readFileSync(file(), 'utf8')).arriba).toBe(again.arriba);
  });

  it('leaves the event loop alone', async () => {
    let turns = 0;
    let running = true;
    const spin = (): void => {
      turns += 1;
      if (running) setImmediate(spin);
    };
    spin();
    await benchNode({ files: [] });
    running = false;
    expect(turns).toBeGreaterThan(100);
  });

  it.each([
    ['of another machine', { arriba: 5, spread: 0, fingerprint: 'another' }],
    ['without a number', { spread: 0, fingerprint: fingerprint() }],
    ['with a number in words', { arriba: 'fast', spread: 0, fingerprint: fingerprint() }],
    ['with an absurd number', { arriba: 1e9, spread: 0, fingerprint: fingerprint() }],
    ['with a negative number', { arriba: -5, spread: 0, fingerprint: fingerprint() }],
    ['cut short', '{"arriba":'],
    ['empty', ''],
    ['null', 'null'],
    ['far too long', `${' '.repeat(5000)}{}`],
  ])('does not trust a file %s', (_, kept) => {
    write(kept);
    expect(keptBenchmark([file()])).toBeUndefined();
  });

  it.skipIf(!process.getuid)('does not trust a file of another user', () => {
    write({ arriba: 5, spread: 0, fingerprint: fingerprint() });
    vi.spyOn(process as { getuid(): number }, 'getuid').mockReturnValue(4711);
    expect(keptBenchmark([file()])).toBeUndefined();
  });

  it('keeps its result in the next place when the first cannot be written', async () => {
    writeFileSync(join(folder, 'taken'), '');
    const impossible = join(folder, 'taken', 'arriba.json');
    const measured = await benchNode({ files: [impossible, file()] });
    expect(keptBenchmark([impossible, file()])).toEqual({ ...measured, cached: true });
  });

  it('works where nothing can be kept', async () => {
    mkdirSync(file(), { recursive: true });
    chmodSync(folder, 0o700);
    const measured = await benchNode({ files: [file()] });
    expect(measured.cached).toBe(false);
    expect(readdirSync(join(folder, 'cache'))).toEqual(['arriba.json']);
  });
});

describe('cacheFiles', () => {
  it.each([
    [{ XDG_CACHE_HOME: '/x', HOME: '/h' }, '/x/forehand/arriba.json'],
    [{ HOME: '/h' }, '/h/.cache/forehand/arriba.json'],
    [{ XDG_CACHE_HOME: '', HOME: '/h' }, '/h/.cache/forehand/arriba.json'],
  ])('begins with the cache of the user: %j', (env, first) => {
    expect(cacheFiles(env)[0]).toBe(first);
  });

  it('ends in the folder for temporary files, under the number of the user', () => {
    const files = cacheFiles({});
    expect(files).toHaveLength(1);
    expect(files[0]).toMatch(/forehand-\w+.arriba\.json$/);
  });
});
