import { expect, it } from 'vitest';
import { nearDuration, nearSize, parseDuration, parseSize } from '../../src/core/units.ts';

it.each([
  ['2 seconds', '2s'],
  ['2sec', '2s'],
  ['500 millis', '500ms'],
  ['1.5 min', '1.5m'],
  ['1hr', '1h'],
  ['2d', '48h'],
  ['5S', '5s'],
])('the time "%s" is written %s', (text, better) => {
  expect(nearDuration(text)).toBe(better);
  expect(parseDuration(better)).toBeDefined();
});

it.each([
  ['1MB', '1MiB'],
  ['64 k', '64KiB'],
  ['2g', '2GiB'],
  ['512 bytes', '512B'],
  ['10', '10B'],
])('the size "%s" is written %s', (text, better) => {
  expect(nearSize(text)).toBe(better);
  expect(parseSize(better)).toBeDefined();
});

it.each(['', 'soon', '-2s', '2 fortnights', '1e3s'])('nobody knows how "%s" is to be written', (text) => {
  expect(nearDuration(text)).toBeUndefined();
  expect(nearSize(text)).toBeUndefined();
});
