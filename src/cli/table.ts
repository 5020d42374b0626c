/** Rows as aligned columns, two spaces between them. The first row is the head. */
export const table = (rows: readonly (readonly string[])[]): string => {
  const columns = rows[0]?.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0))) ?? [];
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(columns[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
};
