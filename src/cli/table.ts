import { columns } from '../control/console/columns.ts';
import { plainLine } from './plain-text.ts';

/** Rows as aligned columns, two spaces between them, in plain text. The first row is the head. */
export const table = (rows: readonly (readonly string[])[]): string =>
  columns(rows.map((row) => row.map(plainLine)))
    .map((line) => `${line}\n`)
    .join('');
