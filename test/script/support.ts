import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { build, type Plugin } from 'esbuild';
import { onTestFinished } from 'vitest';
import { defineCandidacy } from '../../src/core/candidacy.ts';
import { type Problem, ScriptError } from '../../src/core/errors.ts';
import { keep, orderBy } from '../../src/core/making.ts';
import * as zod from '../../src/core/options.ts';
import type { ScriptEvent } from '../../src/script/event.ts';
import { Heartbeat } from '../../src/script/heartbeat.ts';
import { type LoadedScript, type LoaderParts, ScriptLoader } from '../../src/script/load.ts';
import { aMoment } from '../../src/testing/make.ts';

/** What scripts of these tests share with the tests. */
export const forehand = { defineCandidacy, keep, orderBy };

export interface Folder {
  readonly path: string;
  /** Writes a file and gives its absolute path. */
  readonly write: (name: string, text: string) => string;
}

/** A folder with these files that goes when the test ends. */
export const aFolder = (files: Readonly<Record<string, string>> = {}): Folder => {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'script-test-')));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  const write = (name: string, text: string): string => {
    const file = join(path, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  for (const [name, text] of Object.entries(files)) write(name, text);
  return { path, write };
};

export interface Loading {
  readonly loader: ScriptLoader;
  readonly events: readonly ScriptEvent[];
}

/** A loader that is closed when the test ends, with the events that it told. */
export const aLoader = (parts: Partial<LoaderParts> = {}): Loading => {
  const events: ScriptEvent[] = [];
  const loader = new ScriptLoader({
    modules: { forehand, zod },
    clock: () => performance.now(),
    heartbeat: new Heartbeat(),
    onEvent: (event) => events.push(event),
    ...parts,
  });
  onTestFinished(() => loader.close());
  return { loader, events };
};

/** The first problem of a script that must not load. */
export const problemOf = async (load: Promise<unknown>): Promise<Problem> => {
  try {
    await load;
  } catch (thrown) {
    const [problem] = thrown instanceof ScriptError ? thrown.problems : [];
    if (problem) return problem;
    throw thrown;
  }
  throw new Error('it loaded');
};

/** What a script that takes no options makes of an empty list. */
export const resultOf = ({ candidacy }: LoadedScript): unknown =>
  candidacy.create(undefined, () => undefined)([], aMoment());

/** How a program of its own ended, and what it wrote. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What it wrote to file descriptor 3. */
  readonly fd3: string;
}

const withEsbuildOutside: Plugin = {
  name: 'esbuild-outside',
  setup: (builder) =>
    builder.onResolve({ filter: /^esbuild$/ }, ({ path }) => ({
      path: import.meta.resolve(path),
      external: true,
    })),
};

/** Runs TypeScript that imports the product in a plain Node of its own, without a test runner's hooks. */
export const runProgram = async (source: string, onStart?: (child: ChildProcess) => void): Promise<Ended> => {
  const folder = aFolder();
  const outfile = join(folder.path, 'program.mjs');
  await build({
    stdin: { contents: source, resolveDir: import.meta.dirname, loader: 'ts' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    plugins: [withEsbuildOutside],
    outfile,
    logLevel: 'error',
  });
  const child = spawn(process.execPath, [outfile], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: folder.path },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  onStart?.(child);
  const [, stdout, stderr, fd3] = child.stdio.map((stream) => (stream ? text(stream as Readable) : ''));
  const [code, signal] = await once(child, 'close');
  return { code, signal, stdout: (await stdout) ?? '', stderr: (await stderr) ?? '', fd3: (await fd3) ?? '' };
};
