import { expect, it } from 'vitest';
import { KeptSessions } from '../../src/sessions/kept-sessions.ts';

const aKept = (most = 3) => {
  const clock = { now: 0 };
  return { clock, kept: new KeptSessions<string>({ most, now: () => clock.now }) };
};

it('keeps a value for its time', () => {
  const { clock, kept } = aKept();
  kept.set('a', 'x', 100);
  clock.now = 99;
  expect(kept.get('a')).toBe('x');
  clock.now = 100;
  expect(kept.get('a')).toBeUndefined();
  expect(kept.size).toBe(0);
});

it('keeps it longer where looking prolongs it', () => {
  const { clock, kept } = aKept();
  kept.set('a', 'x', 100);
  for (let i = 0; i < 10; i++) {
    clock.now += 60;
    expect(kept.get('a', 100)).toBe('x');
  }
});

it('forgets what was not used for longest when there are too many', () => {
  const { kept } = aKept(3);
  for (const key of ['a', 'b', 'c']) kept.set(key, key, 100);
  kept.get('a');
  kept.set('d', 'd', 100);
  expect(kept.size).toBe(3);
  expect(['a', 'b', 'c', 'd'].map((key) => kept.get(key))).toEqual(['a', undefined, 'c', 'd']);
});

it('is bounded whatever comes', () => {
  const { kept } = aKept(100);
  for (let i = 0; i < 10_000; i++) kept.set(String(i), 'x', 1e9);
  expect(kept.size).toBe(100);
});
