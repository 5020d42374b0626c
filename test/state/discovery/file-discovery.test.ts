import { execFileSync } from 'node:child_process';
import { renameSync, rmSync, symlinkSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { FileWatch } from '../../../src/script/watch.ts';
import {
  FileDiscovery,
  type FileParts,
  readServersFile,
} from '../../../src/state/discovery/file-discovery.ts';
import { aFolder, type Findings, idsOf, someFindings, someTimers, type Timers } from './support.ts';

const watch: FileParts['watch'] = (files, onChange) => {
  const watching = new FileWatch(onChange, { debounceMs: 5, pollMs: 50 });
  watching.follow(files);
  return watching;
};

const following = (
  path: string,
  parts: Partial<FileParts> = {},
): Findings & { timers: Timers; discovery: FileDiscovery } => {
  const findings = someFindings();
  const timers = someTimers();
  const discovery = new FileDiscovery({
    path,
    parse,
    readFile: readServersFile,
    watch,
    after: timers.after,
    ...parts,
    onFinding: findings.take,
  });
  onTestFinished(() => discovery.close());
  return { ...findings, timers, discovery };
};

const listing = (...targets: string[]): string => JSON.stringify([{ targets }]);

/** The first finding from the one with this number on that has these servers. */
const finding = async ({ nth }: Findings, from: number, ids: string): Promise<number> => {
  for (let n = from; ; n++) if (idsOf((await nth(n)).servers) === ids) return n + 1;
};

describe('a file of servers', () => {
  it('is read as YAML', async () => {
    const folder = aFolder();
    const text = "# web\n- targets: ['10.0.0.1:3000', 'https://10.0.0.2:8443']\n  labels:\n    rack: r1\n";
    const { nth, timers } = following(folder.write('web.yaml', text));
    const { servers, trouble } = await nth(1);
    expect(servers?.map(({ url, tags }) => [url.origin, ...tags])).toEqual([
      ['http://10.0.0.1:3000', 'rack=r1'],
      ['https://10.0.0.2:8443', 'rack=r1'],
    ]);
    expect([trouble, timers.waits]).toEqual([undefined, []]);
  });

  it('is read as JSON where its name says so, and the parser for YAML is not asked', async () => {
    const folder = aFolder();
    const never = (): never => {
      throw new TypeError('asked');
    };
    const { nth } = following(folder.write('web.json', `\uFEFF${listing('10.0.0.1:80')}`), { parse: never });
    expect(idsOf((await nth(1)).servers)).toBe('10.0.0.1:80');
  });

  it('is read again when it is written, when another takes its place, and when it goes and comes', async () => {
    const folder = aFolder();
    const path = folder.write('web.json', listing('10.0.0.1:80'));
    const file = following(path);
    let n = await finding(file, 1, '10.0.0.1:80');
    folder.write('web.json', listing('10.0.0.2:80'));
    n = await finding(file, n, '10.0.0.2:80');
    folder.replace('web.json', listing('10.0.0.3:80'));
    n = await finding(file, n, '10.0.0.3:80');
    rmSync(path);
    expect(await file.nth(n)).toMatchObject({
      servers: undefined,
      trouble: { kind: 'failed', message: 'there is no such file' },
    });
    folder.write('web.json', listing('10.0.0.4:80'));
    await finding(file, n, '10.0.0.4:80');
  });

  it('is read again when a link is switched, as in a mounted ConfigMap', async () => {
    const folder = aFolder();
    folder.write('..1/web.json', listing('10.0.0.1:80'));
    folder.write('..2/web.json', listing('10.0.0.2:80'));
    symlinkSync('..1', folder.at('..data'));
    symlinkSync('..data/web.json', folder.at('web.json'));
    const file = following(folder.at('web.json'));
    const n = await finding(file, 1, '10.0.0.1:80');
    symlinkSync('..2', folder.at('..tmp'));
    renameSync(folder.at('..tmp'), folder.at('..data'));
    await finding(file, n, '10.0.0.2:80');
  });

  it('is read again when a link on the way to its folder is switched', async () => {
    const folder = aFolder();
    folder.write('1/web.json', listing('10.0.0.1:80'));
    folder.write('2/web.json', listing('10.0.0.2:80'));
    symlinkSync('1', folder.at('now'));
    const file = following(folder.at('now/web.json'));
    const n = await finding(file, 1, '10.0.0.1:80');
    symlinkSync('2', folder.at('next'));
    renameSync(folder.at('next'), folder.at('now'));
    await finding(file, n, '10.0.0.2:80');
  });

  it.each([
    ['web.yaml', "- targets: ['10.0.0.1:80'\n", 'failed', /^Flow sequence in block collection[^\n]*$/],
    ['web.json', '[{"targets": [', 'failed', /^[^\n]*JSON[^\n]*$/],
    ['web.json', listing('10.0.0.1'), 'failed', /^\[0\]\.targets\[0\]: expected .*, got "10\.0\.0\.1"$/],
    ['web.json', '[]', 'empty', /^it lists no server$/],
    ['web.yaml', '', 'empty', /^it lists no server$/],
    ['web.json', ' \n', 'empty', /^it lists no server$/],
    ['web.yaml', '# nothing yet\n', 'empty', /^it lists no server$/],
    ['web.yaml', '\u0000'.repeat(100), 'failed', /./],
  ])('%s with %j gives no list, and the reason', async (name, text, kind, message) => {
    const { nth } = following(aFolder().write(name, text));
    expect(await nth(1)).toMatchObject({
      servers: undefined,
      trouble: { kind, message: expect.stringMatching(message) },
    });
  });

  it('that is bad is told of with a key that changes with the fault', async () => {
    const folder = aFolder();
    const file = following(folder.write('web.json', listing('a')));
    const first = await file.nth(1);
    folder.replace('web.json', listing('b:80', 'a'));
    const second = await file.nth(2);
    expect(second.trouble?.message).toMatch(/^\[0\]\.targets\[1\]/);
    expect(second.trouble?.key).not.toBe(first.trouble?.key);
  });

  it('that cannot be read is no fault of its text', async () => {
    const folder = aFolder();
    const at = (name: string) => following(folder.at(name)).nth(1);
    expect((await at('none.json')).trouble?.message).toBe('there is no such file');
    expect((await following(folder.path).nth(1)).trouble?.message).toBe('it is not a regular file');
    expect((await following('/dev/zero').nth(1)).trouble?.message).toBe('it is not a regular file');
    folder.write('large.json', ' '.repeat(8 * 1024 * 1024 + 1));
    expect((await at('large.json')).trouble?.message).toBe('it is larger than 8388608 bytes');
    execFileSync('mkfifo', [folder.at('pipe.json')]);
    expect((await at('pipe.json')).trouble?.message).toBe('it is not a regular file');
  });

  it('may be longer as JSON than as YAML, which takes long to read', async () => {
    const text = `${listing('10.0.0.1:80')}${' '.repeat(1_000_000)}`;
    const folder = aFolder();
    expect(idsOf((await following(folder.write('web.json', text)).nth(1)).servers)).toBe('10.0.0.1:80');
    expect((await following(folder.write('web.yaml', text)).nth(1)).trouble?.message).toBe(
      'it is longer than 1000000 characters; JSON, in a file named .json, may be longer',
    );
  });

  it('in another encoding is refused', async () => {
    const folder = aFolder();
    const path = folder.at('latin.yaml');
    execFileSync('sh', ['-c', `printf '# b\\374cher\\n' > "${path}"`]);
    expect((await following(path).nth(1)).trouble?.message).toBe('it is not UTF-8');
  });
});

describe('a reading', () => {
  const held = (): { readFile: FileParts['readFile']; end: (text: string) => void; count: () => number } => {
    const ends: ((text: string) => void)[] = [];
    let begun = 0;
    return {
      readFile: () => {
        begun += 1;
        return new Promise((resolve) => ends.push(resolve));
      },
      end: (text) => ends.shift()?.(text),
      count: () => begun,
    };
  };
  const signalled = (): { watch: FileParts['watch']; change: () => void; isClosed: () => boolean } => {
    let change = (): void => undefined;
    let closed = false;
    return {
      watch: (_, onChange) => {
        change = onChange;
        return {
          close: () => {
            closed = true;
          },
        };
      },
      change: () => change(),
      isClosed: () => closed,
    };
  };

  it('is done again when the file has changed meanwhile, once for any number of changes', async () => {
    const disk = held();
    const signal = signalled();
    const { nth } = following('/web.json', { readFile: disk.readFile, watch: signal.watch });
    for (let i = 0; i < 3; i++) signal.change();
    expect(disk.count()).toBe(1);
    disk.end(listing('10.0.0.1:80'));
    await nth(1);
    expect(disk.count()).toBe(2);
    disk.end(listing('10.0.0.2:80'));
    expect(idsOf((await nth(2)).servers)).toBe('10.0.0.2:80');
    expect(disk.count()).toBe(2);
  });

  it('that takes longer than 5 s is told of, and still counts when it ends', async () => {
    const disk = held();
    const { nth, timers } = following('/web.json', { readFile: disk.readFile, watch: signalled().watch });
    expect(timers.waits).toEqual([5000]);
    timers.run();
    expect((await nth(1)).trouble?.message).toBe('it could not be read to its end in 5 s');
    disk.end(listing('10.0.0.1:80'));
    expect(idsOf((await nth(2)).servers)).toBe('10.0.0.1:80');
  });

  it('that ends after the closing is not told of', async () => {
    const disk = held();
    const signal = signalled();
    const { all, timers, discovery } = following('/web.json', {
      readFile: disk.readFile,
      watch: signal.watch,
    });
    discovery.close();
    disk.end(listing('10.0.0.1:80'));
    signal.change();
    await new Promise((resolve) => setImmediate(resolve));
    expect([all, timers.waits, signal.isClosed(), disk.count()]).toEqual([[], [], true, 1]);
  });
});
