import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Place, Problem } from '../core/errors.ts';

/** The file, line and column at the end of a line of a stack trace, with or without parentheses. */
const FRAME = /(?:\(|\bat (?:async )?)((?:file:\/\/|\/|[A-Za-z]:\\).*):(\d+):(\d+)\)?$/;
/** Lines looked through; a deeper stack says nothing new about where its author should look. */
const LINES = 50;

const pathOf = (file: string): string => {
  try {
    return file.startsWith('file://') ? fileURLToPath(file) : file;
  } catch {
    return file;
  }
};

const stackOf = (thrown: unknown): string => {
  try {
    return thrown instanceof Error ? String(thrown.stack) : '';
  } catch {
    return '';
  }
};

/**
 * The innermost line of one of these files in the stack of what was thrown: where its author should look.
 * Undefined for what has no stack or never was in them. Reading a stack maps it to the sources, which is not cheap.
 */
export const placeIn = (thrown: unknown, files: readonly string[]): Place | undefined => {
  for (const line of stackOf(thrown).split('\n', LINES)) {
    const [, path, row, column] = FRAME.exec(line.trim()) ?? [];
    const file = path && pathOf(path);
    if (file && files.includes(file)) return { file, line: Number(row), column: Number(column) };
  }
  return undefined;
};

const linesOf = (file: string): readonly string[] => {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/);
  } catch {
    return [];
  }
};

/** A problem at a place, with the line that stands there. For the time of loading: it reads the file. */
export const problemAt = (message: string, place: Place): Problem => {
  const lineText = linesOf(place.file)[place.line - 1];
  return { severity: 'error', message, place, ...(lineText === undefined ? {} : { lineText, length: 1 }) };
};

/** The export of one name in a line, however it is declared or listed. */
const exportOf = (name: string): RegExp => {
  if (name === 'default') return /^\s*export\s+default\b|\bas\s+default\b/;
  const word = String.raw`(?<![\w$])${name.replaceAll('$', String.raw`\$`)}(?![\w$])`;
  return new RegExp(String.raw`^\s*export\s+[\w*\s]*${word}|^\s*export\s*\{.*${word}`);
};

/** Where a file declares an export; its first character if that is not found, as for what it only hands on. */
export const placeOfExport = (file: string, name: string): Place => {
  const declared = exportOf(name);
  const lines = linesOf(file);
  const row = lines.findIndex((line) => declared.test(line));
  if (row === -1) return { file, line: 1, column: 1 };
  return { file, line: row + 1, column: (lines[row] ?? '').search(/\S/) + 1 };
};
