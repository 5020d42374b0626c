import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Millis, Stats } from '../../src/core/types.ts';

/** One place that machine numbers come from. Says what it knows at this moment; keeps counters between two calls. */
export type Source = (now: Millis) => Stats;

/** The text of a file, by absolute path; undefined if it cannot be read. */
export type Read = (path: string) => string | undefined;

/**
 * Reads files under a root: `/`, or a tree of fixtures. Synchronous on purpose: the kernel makes these files in
 * memory in 10 to 100 us, less than a trip through the thread pool.
 */
export const readUnder =
  (root: string): Read =>
  (path) => {
    try {
      return readFileSync(join(root, path), 'utf8');
    } catch {
      return undefined;
    }
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
