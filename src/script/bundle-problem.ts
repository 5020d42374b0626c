import { resolve } from 'node:path';
import type { BuildFailure, Message } from 'esbuild';
import type { Problem } from '../core/errors.ts';

/** esbuild counts columns from 0 in bytes of UTF-8; people count from 1 in characters. */
const charactersOf = (lineText: string, from: number, bytes: number): number =>
  Buffer.from(lineText)
    .subarray(from, from + bytes)
    .toString().length;

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

const noteFor = (text: string): string | undefined => {
  const name = /^Could not resolve "([^"./][^"]*)"/.exec(text)?.[1];
  return (
    name &&
    `install it beside the script: npm install ${name.split('/', name.startsWith('@') ? 2 : 1).join('/')}`
  );
};

/** What esbuild said, as a problem. Its places are relative to `folder`. */
export const toProblem =
  (severity: Problem['severity'], folder: string) =>
  ({ text, location, notes }: Message): Problem => {
    const note = noteFor(text) ?? notes[0]?.text;
    const said = { severity, message: lowerFirst(text), ...(note ? { note } : {}) };
    if (!location) return said;
    const { file, line, column, length, lineText, suggestion } = location;
    const place = { file: resolve(folder, file), line, column: charactersOf(lineText, 0, column) + 1 };
    const span = Math.max(1, charactersOf(lineText, column, length));
    return { ...said, place, lineText, length: span, ...(suggestion ? { suggestion } : {}) };
  };

/** True for what esbuild's build throws for faults in its input. */
export const isBuildFailure = (thrown: unknown): thrown is BuildFailure =>
  thrown instanceof Error && 'errors' in thrown && Array.isArray(thrown.errors);
