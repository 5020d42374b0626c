import { mkdirSync, renameSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { FileWatch, type WatchSettings } from '../../src/script/watch.ts';
import { aFolder } from './support.ts';

/** Real changes on a real disk; a test waits for the word of the watch, or moves a clock of its own. */
const aWatch = (
  files: readonly string[],
  settings: Partial<WatchSettings>,
): { changes: () => number; watch: FileWatch } => {
  let changes = 0;
  const watch = new FileWatch(() => {
    changes += 1;
  }, settings);
  onTestFinished(() => watch.close());
  watch.follow(files);
  return { changes: () => changes, watch };
};

const NEVER = 1e8;

describe('a change that the system tells', () => {
  const watching = (files: readonly string[]): { changed: () => Promise<void>; watch: FileWatch } => {
    const { changes, watch } = aWatch(files, { debounceMs: 5, pollMs: NEVER });
    let told = 0;
    const changed = async (): Promise<void> => {
      await vi.waitFor(() => expect(changes()).toBeGreaterThan(told), { timeout: 5000, interval: 5 });
      told = changes();
    };
    return { changed, watch };
  };

  it('is heard when a file is written', async () => {
    const folder = aFolder({ 'a.ts': '1' });
    const { changed } = watching([`${folder.path}/a.ts`]);
    folder.write('a.ts', '22');
    await changed();
  });

  it('is heard when an editor puts another file in its place, again and again', async () => {
    const folder = aFolder({ 'a.ts': '1' });
    const { changed } = watching([`${folder.path}/a.ts`]);
    for (const text of ['2', '3', '4']) {
      renameSync(folder.write('.a.ts.tmp', text), `${folder.path}/a.ts`);
      await changed();
    }
  });

  it('is heard when a file goes, and when one comes that was missing', async () => {
    const folder = aFolder({ 'a.ts': '1' });
    const { changed } = watching([`${folder.path}/a.ts`, `${folder.path}/b.ts`]);
    rmSync(`${folder.path}/a.ts`);
    await changed();
    folder.write('b.ts', '1');
    await changed();
  });

  it('is heard when a link in the folder is switched, as in a mounted ConfigMap', async () => {
    const folder = aFolder({ '..1/a.yaml': 'one', '..2/a.yaml': 'two' });
    const at = (name: string): string => join(folder.path, name);
    symlinkSync('..1', at('..data'));
    symlinkSync('..data/a.yaml', at('a.yaml'));
    const { changed } = watching([at('a.yaml')]);
    symlinkSync('..2', at('..tmp'));
    renameSync(at('..tmp'), at('..data'));
    await changed();
  });

  it('is heard of the files followed last', async () => {
    const folder = aFolder({ 'a/a.ts': '1', 'b/b.ts': '1' });
    const { changed, watch } = watching([`${folder.path}/a/a.ts`]);
    watch.follow([`${folder.path}/b/b.ts`]);
    folder.write('b/b.ts', '22');
    await changed();
  });
});

describe('without a word of the system', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  const polling = (
    files: readonly string[],
  ): { changes: () => number; watch: FileWatch; pass: (ms: number) => void } => {
    vi.useFakeTimers();
    const pass = (ms: number): void => void vi.advanceTimersByTime(ms);
    return { ...aWatch(files, {}), pass };
  };

  it('looks every 5 s, and speaks once the files have stood still for 50 ms', () => {
    const folder = aFolder({ 'a.ts': '1' });
    const { changes, pass } = polling([`${folder.path}/a.ts`]);
    pass(4000);
    folder.write('a.ts', '22');
    pass(999);
    expect(changes()).toBe(0);
    pass(1);
    folder.write('a.ts', '333');
    pass(50);
    expect(changes()).toBe(0);
    pass(50);
    expect(changes()).toBe(1);
    pass(60_000);
    expect(changes()).toBe(1);
  });

  it('sees a file of the same size and time that is another file, and a time that goes back', () => {
    const folder = aFolder({ 'a.ts': '1' });
    const file = `${folder.path}/a.ts`;
    const { atime, mtime } = statSync(file);
    const { changes, pass } = polling([file]);
    const other = folder.write('other', '2');
    utimesSync(other, atime, mtime);
    renameSync(other, file);
    pass(6000);
    expect(changes()).toBe(1);
    utimesSync(file, atime, new Date(0));
    pass(6000);
    expect(changes()).toBe(2);
  });

  it('sees a folder that comes later, and one that another takes the place of', () => {
    const folder = aFolder();
    const file = `${folder.path}/sub/a.ts`;
    const { changes, pass } = polling([file]);
    folder.write('sub/a.ts', '1');
    pass(6000);
    expect(changes()).toBe(1);
    renameSync(`${folder.path}/sub`, `${folder.path}/old`);
    mkdirSync(`${folder.path}/sub`);
    folder.write('sub/a.ts', '1');
    pass(6000);
    expect(changes()).toBe(2);
  });

  it('does not speak of a file that was only read, of its neighbours, or of following more files', () => {
    const folder = aFolder({ 'a.ts': '1', 'b.ts': '1' });
    const { changes, pass, watch } = polling([`${folder.path}/a.ts`]);
    folder.write('neighbour.ts', '1');
    pass(6000);
    watch.follow([`${folder.path}/a.ts`, `${folder.path}/b.ts`]);
    pass(6000);
    expect(changes()).toBe(0);
  });

  it('does not miss what changes between two lists of files', () => {
    const folder = aFolder({ 'a.ts': '1', 'b.ts': '1' });
    const { changes, pass, watch } = polling([`${folder.path}/a.ts`]);
    folder.write('a.ts', '22');
    watch.follow([`${folder.path}/a.ts`, `${folder.path}/b.ts`]);
    pass(100);
    expect(changes()).toBe(1);
  });

  it('is silent after it was closed', () => {
    const folder = aFolder({ 'a.ts': '1' });
    const { changes, pass, watch } = polling([`${folder.path}/a.ts`]);
    pass(4000);
    folder.write('a.ts', '22');
    pass(1000);
    watch.close();
    pass(60_000);
    expect(changes()).toBe(0);
  });
});
