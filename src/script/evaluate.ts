import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { messageOf, ScriptError } from '../core/errors.ts';
import type { Millis } from '../core/types.ts';
import { type Bundle, bundleFolder } from './bundle.ts';
import type { Heartbeat } from './heartbeat.ts';
import { placeIn, problemAt } from './place.ts';

/** What a module exports, by name. */
export type Exports = Readonly<Record<string, unknown>>;

/** The names of exports, as messages have them. */
export const listedExports = (exports: Exports): string => {
  const names = Object.keys(exports);
  return names.length > 0 ? `it exports ${names.join(', ')}` : 'it exports nothing';
};

/** The word of a module under evaluation is renewed so often; far below any watchdog's limit. */
const RENEW_EVERY_MS = 100;

export interface Evaluation {
  readonly entry: string;
  readonly bundle: Bundle;
  /** The author's files, to find the place of what is thrown. */
  readonly files: readonly string[];
  /** The script's number there: an endless loop at the top of a module is found like one in a function. */
  readonly heartbeat: Heartbeat;
  readonly number: number;
  /** How long a top-level await may take. */
  readonly limitMs: Millis;
}

const withLimit = async <T>(work: Promise<T>, limitMs: Millis): Promise<T> => {
  const over = new AbortController();
  const late = delay(limitMs, undefined, over).then(() => {
    throw new Error(`did not finish within ${limitMs / 1000} s; look for an await at the top of the module`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
    late.catch(() => undefined);
  }
};

const watched = async <T>({ heartbeat, number }: Evaluation, work: () => Promise<T>): Promise<T> => {
  const before = heartbeat.enter(number);
  const renewal = setInterval(() => heartbeat.renew(), RENEW_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    heartbeat.leave(before);
  }
};

/** Writes the bundle into a new folder that nobody else can read. */
const write = async ({ entry, bundle }: Evaluation): Promise<{ folder: string; url: string }> => {
  try {
    const folder = await mkdtemp(await bundleFolder());
    const file = join(folder, `${basename(entry, extname(entry))}-${bundle.hash}.mjs`);
    await writeFile(file, bundle.code, { mode: 0o600 });
    return { folder, url: pathToFileURL(file).href };
  } catch (cause) {
    const message = `the script cannot be prepared: ${messageOf(cause)}`;
    const suggestion = 'set TMPDIR to a folder that can be written';
    throw new ScriptError([{ severity: 'error', message, suggestion }], { cause });
  }
};

/**
 * Runs a bundle as a module and gives its exports. The file that it is imported from lives for that long only.
 * Evaluate one at a time: the heartbeat has one word. What the module throws becomes a ScriptError with the place in
 * the author's file, as far as the stack tells.
 */
export const evaluate = async (evaluation: Evaluation): Promise<Exports> => {
  const { folder, url } = await write(evaluation);
  try {
    return await watched(evaluation, () =>
      withLimit<Exports>(import(/* @vite-ignore */ url), evaluation.limitMs),
    );
  } catch (cause) {
    const place = placeIn(cause, evaluation.files) ?? { file: evaluation.entry, line: 1, column: 1 };
    const message = `the script failed while it was loaded: ${messageOf(cause)}`;
    throw new ScriptError([problemAt(message, place)], { cause });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
