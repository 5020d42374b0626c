import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ServerSpec } from '../../../src/core/server-spec.ts';
import type { After, Finding } from '../../../src/state/discovery/finding.ts';

export interface Timers {
  readonly after: After;
  /** Milliseconds of the timers that are set now, in the order in which they were set. */
  readonly waits: readonly number[];
  /** Lets the timers that are set now run out. */
  readonly run: () => void;
}

/** Timers that run out when the test says so. */
export const someTimers = (): Timers => {
  let set: { readonly millis: number; readonly run: () => void }[] = [];
  return {
    after: (millis, run) => {
      const timer = { millis, run };
      set.push(timer);
      return () => {
        set = set.filter((one) => one !== timer);
      };
    },
    get waits() {
      return set.map(({ millis }) => millis);
    },
    run: () => {
      const due = set;
      set = [];
      for (const { run } of due) run();
    },
  };
};

export interface Findings {
  readonly all: readonly Finding[];
  readonly take: (finding: Finding) => void;
  /** The finding with this number, counted from 1, as soon as it has come. */
  readonly nth: (n: number) => Promise<Finding>;
}

export const someFindings = (): Findings => {
  const all: Finding[] = [];
  let waiting: (() => void)[] = [];
  return {
    all,
    take: (finding) => {
      all.push(finding);
      const woken = waiting;
      waiting = [];
      for (const wake of woken) wake();
    },
    nth: async (n) => {
      while (all.length < n) await new Promise<void>((resolve) => waiting.push(resolve));
      return all[n - 1]!;
    },
  };
};

export const idsOf = (servers: readonly ServerSpec[] | undefined): string | undefined =>
  servers?.map(({ id }) => id).join(' ');

export interface Folder {
  readonly path: string;
  readonly at: (name: string) => string;
  /** Writes into the file as it stands. */
  readonly write: (name: string, text: string) => string;
  /** Puts another file in its place, as many editors do. */
  readonly replace: (name: string, text: string) => string;
}

/** A folder that goes when the test ends. */
export const aFolder = (): Folder => {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'discovery-test-')));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  const at = (name: string): string => join(path, name);
  const write = (name: string, text: string): string => {
    mkdirSync(dirname(at(name)), { recursive: true });
    writeFileSync(at(name), text);
    return at(name);
  };
  const replace = (name: string, text: string): string => {
    renameSync(write(`.${name}.new`, text), at(name));
    return at(name);
  };
  return { path, at, write, replace };
};
