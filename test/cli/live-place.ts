import { PassThrough } from 'node:stream';
import type { LiveEnd } from '../../src/cli/live-end.ts';
import type { Terminal } from '../../src/cli/live-screen.ts';

const PATIENCE_MS = 40_000;

/** An output that keeps what is written to it. */
export interface Heard extends Terminal {
  text(): string;
  /** Resolves when it has been written. */
  says(pattern: RegExp): Promise<void>;
}

export const anOutput = (facts: Omit<Terminal, 'write'> = {}): Heard => {
  let written = '';
  const waiting = new Set<() => void>();
  return {
    ...facts,
    write: (text) => {
      written += text;
      for (const look of waiting) look();
    },
    text: () => written,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const limit = setTimeout(
          () => reject(new Error(`${pattern} was never written, but:\n${written}`)),
          PATIENCE_MS,
        );
        const look = (): void => {
          if (!pattern.test(written)) return;
          clearTimeout(limit);
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
};

/** An end that only the test brings about. */
export const anEnd = (): LiveEnd & { readonly released: () => boolean } => {
  const controller = new AbortController();
  let isReleased = false;
  return {
    signal: controller.signal,
    end: () => controller.abort(),
    release: () => {
      isReleased = true;
    },
    released: () => isReleased,
  };
};

/** The keys of a terminal: write to them. `raw` is what its raw mode was set to, in order. */
export const someKeys = (): {
  keys: NodeJS.ReadStream;
  raw: readonly boolean[];
  press(key: string): void;
} => {
  const raw: boolean[] = [];
  const stream = new PassThrough();
  const keys = Object.assign(stream, {
    isTTY: true,
    setRawMode: (mode: boolean) => raw.push(mode),
  }) as unknown as NodeJS.ReadStream;
  return { keys, raw, press: (key) => void stream.write(key) };
};
