import { plainLine } from './plain-text.ts';

/** Rows as aligned columns, two spaces between them, in plain text. The first row is the head. */
export const table = (rows: readonly (readonly string[])[]): string => {
  const plain = rows.map((row) => row.map(plainLine));
  const columns = plain[0]?.map((_, i) => Math.max(...plain.map((row) => row[i]?.length ?? 0))) ?? [];
  return plain
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(columns[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
};
