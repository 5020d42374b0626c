import { NOMINATED } from './field-kind.ts';
import type { FieldTable } from './field-table.ts';
import { hasFieldName } from './find-field.ts';

/**
 * Marks the fields that have one of these lower-case names as NOMINATED, so that whoever leaves out that kind leaves
 * them out. Those of a kind in `guarded` (`guarded[kind] === 1`) stay what they are.
 */
export const dropNamed = (
  fields: FieldTable,
  bytes: Uint8Array,
  names: ReadonlySet<string>,
  guarded: Uint8Array,
): void => {
  const { at, kinds, count } = fields;
  for (let i = 0; i < count; i++) {
    if (guarded[kinds[i] as number] === 1) continue;
    const start = at[4 * i] as number;
    const length = (at[4 * i + 1] as number) - start;
    for (const name of names) {
      if (name.length !== length || !hasFieldName(bytes, start, name)) continue;
      kinds[i] = NOMINATED;
      break;
    }
  }
};
