import { describe, expect, it } from 'vitest';
import { ID_LENGTH, isKeptId, RequestIds } from '../../src/proxy/request-id.ts';

const UUID_7 = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

const take = (ids: RequestIds, epochMs: number): string => {
  const series = ids.next(epochMs);
  return series.idOf(series.serial);
};

describe('request ids', () => {
  it('are UUIDs of version 7 that say when they were made', () => {
    const now = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
    const id = take(new RequestIds(), now);
    expect(id).toMatch(UUID_7);
    expect(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)).toBe(now);
  });

  it('are never the same, within a moment or over many', () => {
    const ids = new RequestIds();
    const made = Array.from({ length: 50_000 }, (_, i) => take(ids, 1_700_000_000_000 + (i >> 10)));
    expect(new Set(made).size).toBe(50_000);
    expect(made.every((id) => UUID_7.test(id))).toBe(true);
  });

  it('cannot be told from those of another moment', () => {
    const ids = new RequestIds();
    const [one, two] = [take(ids, 1), take(ids, 2)];
    expect(one.slice(14)).not.toBe(two.slice(14));
  });

  it('are written as they are spoken', () => {
    const ids = new RequestIds();
    for (let i = 0; i < 1000; i++) {
      const series = ids.next(1_700_000_000_000);
      const out = Buffer.alloc(ID_LENGTH + 4, '.');
      series.write(series.serial, out, 2);
      expect(out.toString()).toBe(`..${series.idOf(series.serial)}..`);
    }
  });

  it('go on behind the highest number', () => {
    const ids = new RequestIds();
    ids.next(1).serial = 0xffffffff;
    expect(take(ids, 1)).toMatch(/00000000$/);
  });

  it.each<[string | undefined, boolean]>([
    ['0192f0c1-7a', true],
    ['Root=1-67891233-abcdef012345678912345678', true],
    ['a/b:c+d=e@f.g_h', true],
    ['x'.repeat(128), true],
    ['x'.repeat(129), false],
    ['', false],
    [undefined, false],
    ['a b', false],
    ['a"b', false],
    ['a\nb', false],
    ['<script>', false],
    ['\xe9', false],
  ])('%j from a trusted peer is kept: %s', (id, isKept) => {
    expect(isKeptId(id)).toBe(isKept);
  });
});
