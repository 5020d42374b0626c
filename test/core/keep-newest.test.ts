import { describe, expect, it } from 'vitest';
import { keepNewest } from '../../src/core/keep-newest.ts';

const kept = (keys: readonly string[], most: number): readonly string[] => {
  const map = new Map<string, number>();
  keys.forEach((key, i) => {
    keepNewest(map, key, i, most);
  });
  return [...map].map(([key, value]) => `${key}${value}`);
};

describe('keepNewest', () => {
  it('keeps all as long as there is room', () => {
    expect(kept(['a', 'b', 'c'], 3)).toEqual(['a0', 'b1', 'c2']);
  });

  it('forgets what was set longest ago', () => {
    expect(kept(['a', 'b', 'c', 'd'], 2)).toEqual(['c2', 'd3']);
  });

  it('takes what is set again for new, and forgets none for it', () => {
    expect(kept(['a', 'b', 'a'], 2)).toEqual(['b1', 'a2']);
    expect(kept(['a', 'b', 'a', 'c'], 2)).toEqual(['a2', 'c3']);
  });
});
