import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TraceSink } from '../../src/recording/event-chunks.ts';
import { frameHead } from '../../src/recording/frames.ts';
import { type FilesResult, replayFiles } from '../../src/recording/replay-files.ts';
import { TraceFile, type TraceFileOptions } from '../../src/recording/trace-file.ts';
import { CHAINS, chainsAgain, Storm } from './storm.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'forehand-test-'));
});
afterEach(() => rm(folder, { recursive: true }));

const path = (name: string): string => join(folder, name);

const aFile = (facts: Partial<TraceFileOptions> = {}): TraceFile =>
  new TraceFile({ file: path('trace'), maxSize: 2 ** 26, files: 4, ...facts }, (error) => {
    throw error;
  });

const aStorm = (): Storm =>
  new Storm({ seed: 3, chains: { default: CHAINS['default'] ?? [], round: ['roundRobin'] } });

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Resolves when the sink has written what it was given. */
const written = (file: TraceSink): Promise<void> =>
  new Promise((resolve) => file.write('events', Buffer.alloc(0), () => resolve()));

/** So many decisions in a file. */
const record = async (decisions: number, file = aFile()): Promise<Storm> => {
  const storm = aStorm();
  const recorder = storm.record(file);
  for (let left = decisions; left > 0; left -= 500) {
    storm.run(Math.min(500, left));
    recorder.flush();
    await written(file);
    recorder.tend();
    await turn();
  }
  recorder.close();
  await file.close();
  return storm;
};

const replayed = (...names: string[]): Promise<FilesResult> =>
  replayFiles(names.map(path), { chains: chainsAgain() });

describe('a trace in files', () => {
  it('is read as it was written', async () => {
    await record(2000);
    expect(await replayed('trace')).toMatchObject({ decisions: 2000, different: 0, lost: 0, damaged: [] });
  });

  it('begins another file when one is full, and keeps no more than it may', async () => {
    await record(12_000, aFile({ maxSize: 300_000, files: 3 }));
    const names = (await readdir(folder)).toSorted();
    expect(names).toEqual(['trace', 'trace.1', 'trace.2']);
    for (const name of names) expect((await stat(path(name))).size).toBeLessThan(600_000);
    const result = await replayed(...names);
    expect(result).toMatchObject({ different: 0, lost: 0, damaged: [] });
    expect(result.decisions).toBeGreaterThan(2000);
    for (const name of names) expect(await replayed(name)).toMatchObject({ different: 0, damaged: [] });
  });

  it('counts what a file in the middle held, if that is missing', async () => {
    const storm = await record(6000, aFile({ maxSize: 300_000, files: 100 }));
    const names = (await readdir(folder)).toSorted();
    const all = await replayed(...names);
    expect(all).toMatchObject({ decisions: storm.log.length, different: 0 });
    const some = await replayed(...names.filter((name) => name !== 'trace.1'));
    expect(some).toMatchObject({ different: 0 });
    expect(some.decisions + some.lost).toBe(storm.log.length);
    expect(some.lost).toBeGreaterThan(0);
  });

  it('is for the eyes of its owner alone, even where the file was there before', async () => {
    await writeFile(path('trace'), 'old', { mode: 0o644 });
    await record(10, aFile({ files: 1 }));
    expect((await stat(path('trace'))).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['trace']);
  });

  it.each([0.3, 0.6, 0.99])('that was cut at %f of its length is used up to there', async (part) => {
    await record(4000);
    await truncate(path('trace'), Math.floor((await stat(path('trace'))).size * part));
    const { decisions, different, damaged } = await replayed('trace');
    expect(damaged).toMatchObject([{ isCut: true, message: expect.stringContaining('ends in the middle') }]);
    expect(different).toBe(0);
    expect(decisions).toBeGreaterThan(0);
    expect(decisions).toBeLessThan(4000);
  });

  it.each([0.5, 0.9])('with a wrong byte at %f of its length is used up to there', async (part) => {
    await record(4000);
    const bytes = await readFile(path('trace'));
    const at = Math.floor(bytes.length * part);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await writeFile(path('trace'), bytes);
    const { decisions, different, damaged } = await replayed('trace');
    expect(damaged).toMatchObject([{ isCut: false, file: path('trace') }]);
    expect(damaged[0]?.at).toBeLessThanOrEqual(at);
    expect(different).toBe(0);
    expect(decisions).toBeGreaterThan(0);
    expect(decisions).toBeLessThan(4000);
  });

  it('with events that cannot be understood is used up to there, and tells where they begin', async () => {
    await record(1000);
    const { size } = await stat(path('trace'));
    const junk = Buffer.alloc(100, 255);
    await appendFile(path('trace'), Buffer.concat([frameHead('events', junk), junk]));
    expect(await replayed('trace')).toMatchObject({
      decisions: 1000,
      different: 0,
      damaged: [{ isCut: false, file: path('trace'), at: size }],
    });
  });

  it.each([
    ['something else', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a later version', Buffer.from('FHTRACE2....')],
    ['nothing', Buffer.alloc(0)],
  ])('is refused where it is %s', async (_, bytes) => {
    await writeFile(path('trace'), bytes);
    await expect(replayed('trace')).rejects.toThrow('is not a trace of forehand');
  });

  it('does not end with random bytes behind its head: nothing but words come of that', async () => {
    await record(500);
    const bytes = await readFile(path('trace'));
    for (let i = 0; i < 300; i++) {
      const broken = Buffer.from(bytes);
      const at = 8 + ((i * 7919) % 600);
      broken[at] = (i * 31) & 255;
      await writeFile(path('trace'), broken);
      await expect(replayed('trace')).resolves.toMatchObject({ different: 0 });
    }
  });
});

describe('a file that cannot be written', () => {
  it('is told, and is tried again', async () => {
    const faults: string[] = [];
    const file = new TraceFile({ file: path('later/trace'), maxSize: 2 ** 26, files: 2 }, ({ message }) =>
      faults.push(message),
    );
    const storm = aStorm();
    const recorder = storm.record(file);
    storm.run(1000);
    recorder.flush();
    await written(file);
    expect(faults.join()).toContain('ENOENT');
    expect(recorder.lost).toBe(1000);
    await mkdir(path('later'));
    recorder.tend();
    storm.run(500);
    recorder.close();
    await file.close();
    expect(await replayed('later/trace')).toMatchObject({ decisions: 500, different: 0 });
  });
});
