import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs';
import type { Millis, Stats } from '../../src/core/types.ts';

/** One place that machine numbers come from. Says what it knows at this moment; keeps counters between two calls. */
export type Source = (now: Millis) => Stats;

/** The text of a file, by absolute path; undefined if it cannot be read. */
export type Read = (path: string) => string | undefined;

/** What an agent looks at in a file system. Nothing here throws: what cannot be read is not there. */
export interface Tree {
  readonly read: Read;
  /** The first `most` bytes of a file that others can make as long as they like. */
  readonly head: (path: string, most: number) => string | undefined;
  /** The names in a folder; none if it cannot be read. */
  readonly list: (path: string) => readonly string[];
  /** Where a symbolic link leads; undefined if it cannot be read. */
  readonly link: (path: string) => string | undefined;
}

/** `path` under a root; both are plain, so nothing has to be normalised, which costs as much as a short read. */
const under = (root: string, path: string): string => (root === '/' ? path : `${root}${path}`);

const attempt = <Value>(work: () => Value): Value | undefined => {
  try {
    return work();
  } catch {
    return undefined;
  }
};

/**
 * Reads files under a root: `/`, or a tree of fixtures. Synchronous on purpose: the kernel makes these files in
 * memory in 4 to 100 us, less than a trip through the thread pool.
 */
export const readUnder =
  (root: string): Read =>
  (path) =>
    attempt(() => readFileSync(under(root, path), 'utf8'));

const readHead = (path: string, most: number): string => {
  const fd = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(most);
    let length = 0;
    for (let got = -1; got !== 0 && length < most; length += got)
      got = readSync(fd, buffer, length, most - length, null);
    return buffer.toString('latin1', 0, length);
  } finally {
    closeSync(fd);
  }
};

/** Files, folders and links under a root, as `readUnder`. */
export const treeUnder = (root: string): Tree => ({
  read: readUnder(root),
  head: (path, most) => attempt(() => readHead(under(root, path), most)),
  list: (path) => attempt(() => readdirSync(under(root, path))) ?? [],
  link: (path) => attempt(() => readlinkSync(under(root, path))),
});

/** A tree whose files are read once until `forget`: several sources look at the same ones for one sample. */
export const remembering = (tree: Tree): Tree & { forget(): void } => {
  const texts = new Map<string, string | undefined>();
  const read: Read = (path) => {
    if (!texts.has(path)) texts.set(path, tree.read(path));
    return texts.get(path);
  };
  return { ...tree, read, forget: () => texts.clear() };
};

type Maybe<Fields> = { readonly [Name in keyof Fields]: Fields[Name] | undefined };

/** The fields that are known: an agent says nothing rather than a guess. */
export const known = <Fields extends object>(fields: Maybe<Fields>): Partial<Fields> => {
  const result: Partial<Fields> = {};
  for (const name in fields) if (fields[name] !== undefined) result[name] = fields[name];
  return result;
};

/** Four decimals: more only makes reports longer. */
export const rounded = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : Math.round(value * 1e4) / 1e4;

/** Looks at most once in a period and answers with the last look in between: for what the kernel itself seldom works out. */
export const seldom = <Value>(period: Millis, look: () => Value): ((now: Millis) => Value) => {
  let last: { readonly value: Value; readonly at: Millis } | undefined;
  return (now) => {
    if (!last || now - last.at >= period) last = { value: look(), at: now };
    return last.value;
  };
};

/** Below this, the 10 ms steps of the kernel's counters are most of the answer. */
const MIN_WINDOW: Millis = 100;

/** How large a part of one counter's growth another one has: busy time of all time, throttled periods of all. */
export class Share {
  #last: { readonly part: number; readonly whole: number; readonly at: Millis } | undefined;
  #share: number | undefined;

  /** 0..1 over the time since the last look; undefined at the first one, and if the whole did not grow. */
  see(part: number, whole: number, now: Millis): number | undefined {
    const last = this.#last;
    if (last && now - last.at < MIN_WINDOW) return this.#share;
    this.#last = { part, whole, at: now };
    const growth = last ? whole - last.whole : 0;
    this.#share = last && growth > 0 ? Math.min(1, Math.max(0, (part - last.part) / growth)) : undefined;
    return this.#share;
  }
}
