import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { dirname, join } from 'node:path';
import { BENCHMARK_VERSION } from './arriba-loops.ts';

/** What a benchmark found. */
export interface Measured {
  /** Speed of one core, whole; 1000 is the reference machine. */
  readonly arriba: number;
  /** How far the rounds lay apart, 0..1: the share by which the slowest was below the fastest. */
  readonly spread: number;
}

const FILE = 'arriba.json';
const MAX_BYTES = 4096;

/** Changes when the result would: another CPU, another number of cores, another Node, another benchmark. */
export const fingerprint = (): string => {
  const cores = os.cpus();
  const node = process.versions.node.split('.')[0];
  return [cores[0]?.model.trim(), cores.length, os.arch(), `node${node}`, `v${BENCHMARK_VERSION}`].join('|');
};

/** Where a result may be kept, best place first. The last one is shared with others, so it carries our user. */
export const cacheFiles = (env: NodeJS.ProcessEnv = process.env): readonly string[] => {
  const own = env['XDG_CACHE_HOME'] || (env['HOME'] ? join(env['HOME'], '.cache') : undefined);
  const shared = join(os.tmpdir(), `forehand-${process.getuid?.() ?? 'user'}`);
  return [...(own ? [join(own, 'forehand', FILE)] : []), join(shared, FILE)];
};

const isMeasured = (value: unknown): value is Measured => {
  const { arriba, spread } = Object(value);
  return arriba >= 1 && arriba <= 1e6 && spread >= 0 && spread <= 1;
};

/** Somebody else's file in a shared folder would let him choose how much traffic this node gets. */
const isOurs = (file: string): boolean => {
  const { uid, size } = statSync(file);
  return size <= MAX_BYTES && uid === (process.getuid?.() ?? uid);
};

const readOne = (file: string): Measured | undefined => {
  try {
    if (!isOurs(file)) return undefined;
    const kept: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (!isMeasured(kept) || Object(kept).fingerprint !== fingerprint()) return undefined;
    return { arriba: kept.arriba, spread: kept.spread };
  } catch {
    // Missing or damaged: it is measured again.
    return undefined;
  }
};

/** The kept result for this machine; undefined if there is none that can be trusted. */
export const readKept = (files: readonly string[]): Measured | undefined => {
  for (const file of files) {
    const kept = readOne(file);
    if (kept) return kept;
  }
  return undefined;
};

const writeOne = (file: string, text: string): boolean => {
  const draft = `${file}.${randomUUID()}`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(draft, text, { mode: 0o600, flag: 'wx' });
  } catch {
    return false;
  }
  try {
    renameSync(draft, file);
    return true;
  } catch {
    rmSync(draft, { force: true });
    return false;
  }
};

/** Keeps a result in the first place that can be written; in none, if all are read-only. Readers never see half a file. */
export const keep = (files: readonly string[], measured: Measured): void => {
  const text = `${JSON.stringify({ ...measured, fingerprint: fingerprint() })}\n`;
  files.some((file) => writeOne(file, text));
};
