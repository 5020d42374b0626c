import { execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FilePlace } from '../../../agent/scrape/file-place.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'forehand-file-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a file of the application', () => {
  it('is read anew each time, whatever its size', async () => {
    const file = join(folder, 'numbers');
    const place = new FilePlace(file);
    for (const text of ['queue 1', 'ä'.repeat(10_000), 'x'.repeat(1_048_576), '', 'queue 2']) {
      writeFileSync(file, text);
      expect((await place.read()) === text).toBe(true);
    }
  });

  it('is not opened again while it is the same', async () => {
    const file = join(folder, 'numbers');
    writeFileSync(file, 'queue 1');
    const before = new Date(Date.now() - 10_000);
    utimesSync(file, before, before);
    const place = new FilePlace(file);
    expect(await place.read()).toBe('queue 1');
    writeFileSync(file, 'queue 2');
    utimesSync(file, before, before);
    expect(await place.read()).toBe('queue 1');
    writeFileSync(`${file}.new`, 'queue 3');
    renameSync(`${file}.new`, file);
    expect(await place.read()).toBe('queue 3');
  });

  it('is waited for by one reading at a time', async () => {
    writeFileSync(join(folder, 'numbers'), 'queue 1');
    const place = new FilePlace(join(folder, 'numbers'));
    const first = place.read();
    await expect(place.read()).rejects.toThrow('not read within 1000 ms');
    expect([await first, await place.read()]).toEqual(['queue 1', 'queue 1']);
  });

  it.skipIf(process.platform !== 'linux')('may be one that says it is empty', async () => {
    expect(await new FilePlace('/proc/self/status').read()).toContain('VmRSS');
  });

  it('of more than a megabyte is refused', async () => {
    writeFileSync(join(folder, 'large'), 'x'.repeat(1_048_577));
    await expect(new FilePlace(join(folder, 'large')).read()).rejects.toThrow('more than 1048576 bytes');
  });

  it('must be a file, and be there', async () => {
    await expect(new FilePlace(folder).read()).rejects.toThrow('not a file');
    await expect(new FilePlace(join(folder, 'none')).read()).rejects.toThrow('ENOENT');
  });

  it.skipIf(process.platform === 'win32')(
    'is not waited for when it is a pipe that nobody writes to',
    async () => {
      const pipe = join(folder, 'pipe');
      execFileSync('mkfifo', [pipe]);
      await expect(new FilePlace(pipe).read()).rejects.toThrow('not a file');
    },
  );
});
