import { expect, it } from 'vitest';
import {
  age,
  bytes,
  clockOffset,
  count,
  decimal,
  hundredths,
  localTime,
  MISSING,
  mean,
  millis,
  percent,
  plural,
  utcTime,
} from '../../../../dashboard/client/state/format.ts';

const formats = { age, bytes, clockOffset, count, decimal, hundredths, mean, millis, percent };

const plain = (text: string): string => text.replaceAll('\u202f', ' ');

it.each([
  ['count', 12_345, '12 345'],
  ['decimal', 0.0421, '0.042'],
  ['decimal', 1.25, '1.25'],
  ['decimal', 12.54, '12.5'],
  ['decimal', 1250.4, '1 250'],
  ['decimal', 3, '3'],
  ['hundredths', 0.068, '0.07'],
  ['hundredths', 0, '0'],
  ['hundredths', 39.61, '39.6'],
  ['mean', 3.24, '3.2'],
  ['mean', 4, '4'],
  ['mean', 1204.4, '1 204'],
  ['percent', 0.004, '0.4 %'],
  ['percent', 0.34, '34 %'],
  ['percent', 0, '0 %'],
  ['bytes', 512, '512 B'],
  ['bytes', 38 * 1024, '38 KiB'],
  ['bytes', 5.1 * 2 ** 30, '5.1 GiB'],
  ['bytes', 200 * 2 ** 40, '200 TiB'],
  ['millis', 8.25, '8.25 ms'],
  ['millis', 1650, '1.65 s'],
  ['millis', 65_000, '65.0 s'],
  ['age', 400, '0.4 s'],
  ['age', -5, '0.0 s'],
  ['age', 12_400, '12 s'],
  ['age', 300_000, '5 min'],
  ['age', 10_800_000, '3 h'],
  ['age', 345_600_000, '4 days'],
  ['clockOffset', -3, '−3 ms'],
  ['clockOffset', 3_600_000, '+60 min'],
] as const)('%s of %s is "%s"', (name, value, text) => {
  expect(plain(formats[name](value))).toBe(text);
});

it.each([
  'count',
  'decimal',
  'hundredths',
  'mean',
  'percent',
  'bytes',
  'millis',
  'age',
  'clockOffset',
] as const)('%s of what is no number is a dash', (name) => {
  for (const value of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY, '7', {}])
    expect(formats[name](value)).toBe(MISSING);
});

it('a time has no day while it is of today, and UTC besides', () => {
  const at = Date.UTC(2026, 2, 1, 12, 30, 5);
  expect(localTime(at, at + 1000)).toMatch(/^\d\d:\d\d:05$/);
  expect(localTime(at, at + 2 * 86_400_000)).toMatch(/2026.*\d\d:\d\d:05$/);
  expect(utcTime(at)).toBe('2026-03-01 12:30:05 UTC');
  expect([localTime(1e20, 0), utcTime(Number.NaN)]).toEqual([MISSING, '']);
});

it('nouns are plural but for one', () => {
  expect([0, 1, 2].map((number) => plural(number, 'server'))).toEqual(['0 servers', '1 server', '2 servers']);
});
