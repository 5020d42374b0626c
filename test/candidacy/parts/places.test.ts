import { describe, expect, it } from 'vitest';
import { Places } from '../../../candidacy/parts/places.ts';
import { aServer } from '../../../src/testing/index.ts';

const list = (...slots: readonly number[]) => slots.map((slot) => aServer({ slot, id: `s${slot}` }));

describe('places', () => {
  it('finds the servers of a list by slot, and nobody else', () => {
    const places = new Places();
    const servers = list(7, 0, 300);
    expect([7, 0, 300].map((slot) => places.find(servers, slot)?.id)).toEqual(['s7', 's0', 's300']);
    expect([1, 299, 5000].map((slot) => places.find(servers, slot))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('forgets one list for the next', () => {
    const places = new Places();
    const first = list(1, 2, 3);
    const second = list(3, 4);
    expect(places.find(first, 1)?.id).toBe('s1');
    expect(places.find(second, 1)).toBeUndefined();
    expect(places.find(second, 3)).toBe(second[0]);
    expect(places.find(first, 3)).toBe(first[2]);
    expect(places.find([], 3)).toBeUndefined();
  });
});
