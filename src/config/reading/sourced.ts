import type { Span, Whereabouts } from './source-text.ts';

/** The way to a value: keys and positions from the root. */
export type Path = readonly (string | number)[];

/** A value as it was written, each part with its place. Values that a program handed in have no places. */
export type Sourced =
  | {
      readonly kind: 'scalar';
      readonly value: unknown;
      /** Written without quotes, so that what it looks like decides its type. */
      readonly plain: boolean;
      readonly span: Span | undefined;
    }
  | { readonly kind: 'list'; readonly items: readonly Sourced[]; readonly span: Span | undefined }
  | { readonly kind: 'map'; readonly entries: ReadonlyMap<string, Entry>; readonly span: Span | undefined };

export type SourcedMap = Extract<Sourced, { kind: 'map' }>;

/** A key of a mapping and its value. */
export interface Entry {
  readonly key: Span | undefined;
  readonly value: Sourced;
}

/** Most values in one file, parts of parts and what aliases repeat included: ten times a pool of 4096 servers. */
export const MAX_VALUES = 100_000;
/** Deepest nesting. The deepest that means anything is 6, in the options of a link. */
export const MAX_DEPTH = 32;

const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** What is wrong with a key, in words: names that reach into JavaScript's own objects are never keys. */
export const keyFault = (key: string): string | undefined =>
  FORBIDDEN_KEYS.has(key) ? `\`${key}\` is not allowed as a key` : undefined;

/** The value alone. */
export const plainValue = (sourced: Sourced): unknown => {
  if (sourced.kind === 'scalar') return sourced.value;
  if (sourced.kind === 'list') return sourced.items.map(plainValue);
  return Object.fromEntries([...sourced.entries].map(([key, { value }]) => [key, plainValue(value)]));
};

/** `pools.web.chain[1]`. */
export const pathText = (path: Path): string =>
  path
    .map((step) => {
      if (typeof step === 'number') return `[${step}]`;
      return /^[\w-]+$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
    })
    .join('')
    .replace(/^\./, '');

/** The facts of a problem at a span, if there is one, and at a path. */
export const whereaboutsOf = (span: Span | undefined, path: Path): Whereabouts => ({
  ...span?.source.whereabouts(span.start, span.end),
  ...(path.length > 0 ? { path: pathText(path) } : {}),
});

/** Finds where a value, or the key before it, was written. A part that is missing is where it should have been. */
export type Locate = (path: Path, part?: 'key' | 'value') => Whereabouts;

/** Where one value may be written in place of a list, it is the list's first item. */
const childOf = (entry: Entry, step: string | number): Entry | undefined => {
  const parent = entry.value;
  if (step === 0 && parent.kind !== 'list') return entry;
  if (parent.kind === 'map') return parent.entries.get(String(step));
  const item = parent.kind === 'list' && typeof step === 'number' ? parent.items[step] : undefined;
  return item && { key: undefined, value: item };
};

/** The entry at the path, or the last one on the way that exists. */
const deepest = (root: Sourced, path: Path): { readonly entry: Entry; readonly found: boolean } => {
  let entry: Entry = { key: undefined, value: root };
  for (const step of path) {
    const next = childOf(entry, step);
    if (!next) return { entry, found: false };
    entry = next;
  }
  return { entry, found: true };
};

/** A locator for one tree. */
export const locatorOf =
  (root: Sourced): Locate =>
  (path, part = 'value') => {
    const { entry, found } = deepest(root, path);
    const { key, value } = entry;
    // A collection over several lines makes no good underline; its key does. So it is with a part that is missing.
    const isOneLine = !value.span || value.span.source.isOneLine(value.span);
    const prefersKey = part === 'key' || (value.kind !== 'scalar' && !(found && isOneLine));
    return whereaboutsOf(prefersKey ? (key ?? value.span) : (value.span ?? key), path);
  };
