import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PidFile } from '../../../src/control/process/pid-file.ts';

const aPath = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'forehand-pid-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'forehand.pid');
};

describe('a pid file', () => {
  it('is empty when it is claimed, has the number when that is written, and is gone at the end', async () => {
    const path = aPath();
    const file = await PidFile.claim(path);
    expect(readFileSync(path, 'utf8')).toBe('');
    await file.write();
    await file.write();
    expect(readFileSync(path, 'utf8')).toBe(`${process.pid}\n`);
    await file.remove();
    expect(() => statSync(path)).toThrow('ENOENT');
  });

  it.each([
    ['a dead process', '4194304999'],
    ['a process of this number, as in a container', String(process.pid)],
    ['nobody', ''],
    ['something else', 'hello'],
    ['group 0', '0'],
  ])('of %s is replaced', async (_, text) => {
    const path = aPath();
    writeFileSync(path, `${text}\n`);
    const file = await PidFile.claim(path);
    await file.write();
    expect(readFileSync(path, 'utf8')).toBe(`${process.pid}\n`);
    await file.remove();
  });

  it('of a live process is left alone', async () => {
    const path = aPath();
    writeFileSync(path, `${process.ppid}\n`);
    await expect(PidFile.claim(path)).rejects.toThrow(`process ${process.ppid} runs already`);
    expect(readFileSync(path, 'utf8')).toBe(`${process.ppid}\n`);
  });

  it('writes through no link that somebody has put there', async () => {
    const path = aPath();
    const other = `${path}.other`;
    writeFileSync(other, 'precious');
    symlinkSync(other, path);
    const file = await PidFile.claim(path);
    await file.write();
    expect(readFileSync(other, 'utf8')).toBe('precious');
    await file.remove();
    expect(readFileSync(other, 'utf8')).toBe('precious');
  });

  it('says where it cannot be made', async () => {
    await expect(PidFile.claim(join(aPath(), 'none', 'x.pid'))).rejects.toThrow(/pidFile .*x\.pid: /);
  });
});
