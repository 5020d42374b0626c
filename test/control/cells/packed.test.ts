import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packed, sumPacked, unpacked } from '../../../src/control/cells/packed.ts';

const someCells = fc
  .array(fc.constantFrom(0, 0, 0, 1, 2.5, 2 ** 40), { maxLength: 20 })
  .map((cells) => Float64Array.from(cells));

describe('packed cells', () => {
  it('are the index and the value of those that are not 0', () => {
    expect([...packed(Uint32Array.of(0, 7, 0, 0, 3))]).toEqual([1, 7, 4, 3]);
    expect(packed(new Float64Array(9))).toHaveLength(0);
  });

  it('come back as they were', () => {
    fc.assert(
      fc.property(someCells, (cells) => {
        expect(unpacked(packed(cells), cells.length)).toEqual(cells);
      }),
    );
  });

  it('beyond the size that is asked for are left out', () => {
    expect([...unpacked(Float64Array.of(1, 7, 4, 3), 2)]).toEqual([0, 7]);
  });

  it('are summed cell by cell, whatever each of them holds', () => {
    fc.assert(
      fc.property(fc.array(someCells, { maxLength: 5 }), (all) => {
        const sum = unpacked(sumPacked(all.map(packed)), 20);
        sum.forEach((value, at) => {
          expect(value).toBe(all.reduce((before, cells) => before + (cells[at] ?? 0), 0));
        });
      }),
    );
  });
});
