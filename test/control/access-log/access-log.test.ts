import { execFileSync } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, symlink, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AccessLog, type AccessLogOptions, MOST_HELD } from '../../../src/control/access-log/access-log.ts';
import { type Log, silentLog } from '../../../src/control/logs/log.ts';
import { eventually } from '../../support/eventually.ts';
import { anExchange, EPOCH } from '../an-exchange.ts';

let folder: string;
let file: string;
let now = 0;
let warnings: string[] = [];
const open: AccessLog[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forehand-test-'));
  file = join(folder, 'access.log');
  now = 0;
  warnings = [];
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((log) => log.close()));
  await rm(folder, { recursive: true });
});

const note = (message: string): void => void warnings.push(message);
const log: Log = { ...silentLog, warn: note, error: note };

const anAccessLog = (options: Partial<AccessLogOptions> = {}): AccessLog => {
  const clock = { now: () => now, epochOffset: () => EPOCH };
  const one = new AccessLog({ file, format: 'json', ...options }, { clock, log });
  open.push(one);
  return one;
};

const text = (path = file): string => readFileSync(path, 'latin1');
const linesOf = (all: string): readonly string[] => all.split('\n').slice(0, -1);
const idsOf = (all: string): readonly number[] =>
  linesOf(all).map((line) => Number((JSON.parse(line) as { request_id: string }).request_id));

/** Notes requests with the ids from `from` to before `to`, many in one turn of the event loop as under load. */
const serve = async (to: AccessLog, from: number, before: number): Promise<void> => {
  for (let id = from; id < before; id++) {
    to.finished(anExchange({ requestId: String(id), userAgent: 'Mozilla/5.0 (X11; Linux x86_64)' }));
    if (id % 100 === 0) await turn();
  }
};

const numbers = (from: number, before: number): readonly number[] =>
  Array.from({ length: before - from }, (_, i) => from + i);

describe('an access log', () => {
  it('writes lines soon by itself, and what is left when it is closed', async () => {
    const one = anAccessLog();
    one.finished(anExchange({ requestId: '1' }));
    await eventually(() => text() !== '', 'the first line is there');
    one.finished(anExchange({ requestId: '2' }));
    await one.close();
    expect(idsOf(text())).toEqual([1, 2]);
    expect(one).toMatchObject({ written: 2, lost: 0 });
  });

  it('writes many lines in order, in the format that is wanted', async () => {
    const one = anAccessLog({ format: 'combined' });
    for (let i = 0; i < 5000; i++) one.finished(anExchange({ path: `/${i}` }));
    await one.close();
    const paths = linesOf(text()).map((line) => Number(/"GET \/(\d+) HTTP\/1\.1"/.exec(line)?.[1]));
    expect(paths).toEqual(numbers(0, 5000));
  });

  it('adds to a file that is there, and makes a new one for the owner and the group alone', async () => {
    for (const id of ['1', '2']) {
      const one = anAccessLog();
      one.finished(anExchange({ requestId: id }));
      await one.close();
    }
    expect(idsOf(text())).toEqual([1, 2]);
    expect(statSync(file).mode & 0o137).toBe(0);
  });

  it('writes only what is asked for', async () => {
    const one = anAccessLog({ status: ['5xx'], query: 'drop' });
    for (const status of [200, 502, 404])
      one.finished(anExchange({ requestId: String(status), status, query: 'secret' }));
    await one.close();
    expect(idsOf(text())).toEqual([502]);
    expect(text()).not.toContain('secret');
    expect(one).toMatchObject({ written: 1, lost: 0 });
  });

  it.each(['combined', 'json'] as const)('never writes Authorization and Cookie, in %s', async (format) => {
    const one = anAccessLog({ format });
    const fields = { authorization: 'Basic secret', cookie: 'id=secret', headers: { cookie: 'secret' } };
    one.finished({ ...anExchange(), ...fields });
    await one.close();
    expect(linesOf(text())).toHaveLength(1);
    expect(text()).not.toContain('secret');
  });

  it('takes a line that is larger than all that is written together', async () => {
    const one = anAccessLog();
    for (const [id, size] of [
      [0, 1],
      [1, 100_000],
      [2, 1],
    ] as const)
      one.finished(anExchange({ requestId: String(id), path: `/${'a'.repeat(size)}` }));
    await one.close();
    expect(idsOf(text())).toEqual([0, 1, 2]);
  });

  it('shares its file with other processes, a line being whole in it', async () => {
    const logs = [anAccessLog(), anAccessLog(), anAccessLog()];
    await Promise.all(logs.map((one, i) => serve(one, i * 3000, (i + 1) * 3000)));
    await Promise.all(logs.map((one) => one.close()));
    expect(idsOf(text()).toSorted((a, b) => a - b)).toEqual(numbers(0, 9000));
  });

  it.each(['nowhere/access.log', '.'])('throws if %s cannot be opened', (name) => {
    expect(() => anAccessLog({ file: join(folder, name) })).toThrow(/ENOENT|EISDIR/);
  });

  it('counts as lost what ends after it was closed', async () => {
    const one = anAccessLog();
    await one.close();
    one.finished(anExchange());
    expect(one).toMatchObject({ written: 0, lost: 1 });
    expect(warnings).toHaveLength(1);
  });
});

describe('rotation', () => {
  it('loses no line while requests go on', async () => {
    const one = anAccessLog();
    let served = 0;
    for (let i = 0; i < 6; i++) {
      // Fewer than may wait: a disk that is slow at this moment is not what this is about.
      const serving = serve(one, served, served + 1000);
      served += 1000;
      await turn();
      await rename(file, `${file}.${i}`);
      await one.reopen();
      await serving;
    }
    await one.close();
    const files = [...numbers(0, 6).map((i) => `${file}.${i}`), file];
    expect(files.flatMap((path) => idsOf(text(path)))).toEqual(numbers(0, served));
    expect(one).toMatchObject({ written: served, lost: 0 });
  });

  it('has left the old file when it says so', async () => {
    const one = anAccessLog();
    await serve(one, 0, 2000);
    await rename(file, `${file}.old`);
    await one.reopen();
    const before = statSync(`${file}.old`).size;
    await serve(one, 2000, 3000);
    await one.close();
    expect(statSync(`${file}.old`).size).toBe(before);
    expect([...idsOf(text(`${file}.old`)), ...idsOf(text())]).toEqual(numbers(0, 3000));
  });

  it('keeps the old file where the new one cannot be opened, and says so', async () => {
    await mkdir(join(folder, 'logs'));
    file = join(folder, 'logs', 'access.log');
    const one = anAccessLog();
    await rename(join(folder, 'logs'), join(folder, 'old'));
    await one.reopen();
    one.finished(anExchange({ requestId: '1' }));
    await one.close();
    expect(idsOf(text(join(folder, 'old', 'access.log')))).toEqual([1]);
    expect(warnings).toEqual([expect.stringContaining('cannot be opened again: ENOENT')]);
  });
});

describe.runIf(existsSync('/dev/full'))('a full disk', () => {
  it('throws nothing; what was waiting is written once there is room', async () => {
    await symlink('/dev/full', file);
    const one = anAccessLog();
    await serve(one, 0, 1000);
    await eventually(() => one.view().fault, 'the fault is known');
    expect(one.view().fault).toContain('ENOSPC');
    await unlink(file);
    await one.reopen();
    await one.close();
    expect(idsOf(text())).toEqual(numbers(0, 1000));
    expect(one).toMatchObject({ written: 1000, lost: 0 });
    expect(one.view()).toMatchObject({ fault: null, waitingBytes: 0 });
  });

  it('costs no more than 4 MiB, and every line is counted that it costs', async () => {
    const one = anAccessLog({ file: '/dev/full' });
    await serve(one, 0, 20_000);
    const { lost, waitingBytes } = one.view();
    expect(lost).toBeGreaterThan(0);
    expect(waitingBytes).toBeLessThan(MOST_HELD + 1000);
    await one.close();
    expect(one).toMatchObject({ written: 0, lost: 20_000 });
  });

  it('is said once in ten seconds', async () => {
    const one = anAccessLog({ file: '/dev/full' });
    await serve(one, 0, 20_000);
    expect(warnings).toEqual([
      expect.stringMatching(/\/dev\/full cannot be written: ENOSPC.*lines lost: 0$/),
    ]);
    now = 9999;
    one.finished(anExchange());
    expect(warnings).toHaveLength(1);
    now = 10_000;
    one.finished(anExchange());
    expect(warnings).toHaveLength(2);
    expect(warnings[1]).toContain(`lines lost: ${one.lost}`);
  });
});

describe.skipIf(process.platform === 'win32')('a pipe', () => {
  const readers: number[] = [];

  beforeEach(() => {
    execFileSync('mkfifo', [file]);
  });

  afterEach(() => {
    for (const fd of readers.splice(0)) closeSync(fd);
  });

  const aReader = (): number => {
    const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    readers.push(fd);
    return fd;
  };

  /** What is in the pipe now. */
  const drawn = (fd: number): string => {
    const bytes = Buffer.alloc(65_536);
    try {
      return bytes.toString('latin1', 0, readSync(fd, bytes));
    } catch {
      return '';
    }
  };

  it('that is not read holds up nothing, loses what is too much, and goes on when it is read', async () => {
    const fd = aReader();
    const one = anAccessLog();
    await serve(one, 0, 20_000);
    expect(one.lost).toBeGreaterThan(0);
    expect(one.view().waitingBytes).toBeLessThan(MOST_HELD + 1000);
    expect(warnings).toEqual([expect.stringContaining('it is not taken as fast as lines come')]);
    const lost = one.lost;
    let all = '';
    await eventually(() => {
      all += drawn(fd);
      return one.written + lost === 20_000;
    }, 'all that waited is written');
    await serve(one, 20_000, 20_100);
    await eventually(() => {
      all += drawn(fd);
      return linesOf(all).length === one.written && one.written + one.lost === 20_100;
    }, 'all is read');
    expect(one.lost).toBe(lost);
    const ids = idsOf(all);
    expect(ids.slice(-100)).toEqual(numbers(20_000, 20_100));
    expect(ids.every((id, i) => i === 0 || id > (ids[i - 1] ?? 0))).toBe(true);
  });

  it('waits for its reader, and for the next one when that has gone', async () => {
    const one = anAccessLog();
    one.finished(anExchange({ requestId: '1' }));
    await eventually(() => one.view().fault, 'nobody reads');
    for (const id of [1, 2]) {
      const fd = aReader();
      let all = '';
      await eventually(() => {
        all += drawn(fd);
        return all !== '';
      }, 'a line comes');
      expect(idsOf(all)).toEqual([id]);
      closeSync(readers.pop() ?? -1);
      one.finished(anExchange({ requestId: String(id + 1) }));
    }
  });

  it('that is shared has whole lines of each', async () => {
    const fd = aReader();
    const logs = [anAccessLog(), anAccessLog()];
    const serving = Promise.all(logs.map((one, i) => serve(one, i * 2000, (i + 1) * 2000)));
    let all = '';
    await eventually(() => {
      all += drawn(fd);
      return linesOf(all).length === 4000;
    }, 'all is read');
    await serving;
    expect(idsOf(all).toSorted((a, b) => a - b)).toEqual(numbers(0, 4000));
  });

  it('that is not read is let go at the end, what it did not take being lost', async () => {
    aReader();
    const one = anAccessLog();
    await serve(one, 0, 2000);
    await one.close();
    expect(one.lost).toBeGreaterThan(0);
    expect(one.written + one.lost).toBe(2000);
  });
});
