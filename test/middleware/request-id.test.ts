import { expect, it } from 'vitest';
import { isKeptId, newRequestId } from '../../src/middleware/request-id.ts';

it('is a UUID of version 7 that says its time', () => {
  const at = Date.UTC(2026, 0, 2, 3, 4, 5, 678);
  for (let i = 0; i < 1000; i++) {
    const id = newRequestId(at + 0.9);
    expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(at);
  }
});

it('sorts as time does, and none comes twice', () => {
  const ids = Array.from({ length: 5000 }, (_, i) => newRequestId(1_700_000_000_000 + i));
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(Array.from({ length: 5000 }, () => newRequestId(1))).size).toBe(5000);
});

it.each([
  ['01a1fcb3-a10e-7a37-a658-94171bc794ca', true],
  ['Root=1-5759e988/abc:+@=', true],
  ['x'.repeat(128), true],
  ['x'.repeat(129), false],
  ['', false],
  [undefined, false],
  ['a b', false],
  ['a, b', false],
  ['a\r\nSet-Cookie: x', false],
  ['<b>', false],
])('%j from a trusted peer is kept: %s', (id, kept) => {
  expect(isKeptId(id)).toBe(kept);
});
