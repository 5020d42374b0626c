import { describe, expect, it } from 'vitest';
import { PLAIN_FUNCTION } from '../../src/script/export-kind.ts';
import { aFolder, aLoader, problemOf } from './support.ts';

const source =
  'export default (n: number) => n + 1;\nexport const limit = 7;\nexport const later = async () => 1;';

describe('an export that is no candidacy function', () => {
  it('is loaded with rails of its own, which stay while its content does', async () => {
    const { loader } = aLoader();
    const folder = aFolder({ 's.ts': source });
    const first = await loader.loadExport('./s.ts', folder.path, PLAIN_FUNCTION);
    expect(first.value(1)).toBe(2);
    expect(first.files).toEqual([first.entry]);
    const second = await loader.loadExport('./s.ts', folder.path, PLAIN_FUNCTION);
    expect(second.guard).toBe(first.guard);
    expect(loader.filesOf('./s.ts', folder.path)).toEqual(first.files);
  });

  it.each([
    ['./s.ts#limit', 'expected a function, but the export "limit" is a value of type number, not a function'],
    ['./s.ts#nobody', 'expected a function as the export "nobody"; it exports default, later, limit'],
    ['./s.ts#later', 'expected a function, but the export "later" is async'],
  ])('is refused where it is none of its kind: %s', async (reference, message) => {
    const { loader } = aLoader();
    const loading = loader.loadExport(reference, aFolder({ 's.ts': source }).path, PLAIN_FUNCTION);
    expect((await problemOf(loading)).message).toContain(message);
  });
});
