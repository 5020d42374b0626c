import { afterEach, describe, expect, it } from 'vitest';
import {
  apacheDate,
  millisText,
  SecondTexts,
  UtcTimes,
} from '../../../src/control/access-log/access-log-times.ts';

const zoneBefore = process.env['TZ'];
afterEach(() => {
  if (zoneBefore === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zoneBefore;
});

describe("Apache's date", () => {
  it.each([
    ['America/Los_Angeles', '2000-10-10T20:55:36Z', '10/Oct/2000:13:55:36 -0700'],
    ['America/Los_Angeles', '2000-12-31T20:05:06Z', '31/Dec/2000:12:05:06 -0800'],
    ['UTC', '2026-01-02T03:04:05Z', '02/Jan/2026:03:04:05 +0000'],
    ['Europe/Berlin', '2026-06-30T22:00:00Z', '01/Jul/2026:00:00:00 +0200'],
    ['Asia/Kolkata', '2026-02-28T18:30:00Z', '01/Mar/2026:00:00:00 +0530'],
    ['America/St_Johns', '2026-01-01T00:00:00Z', '31/Dec/2025:20:30:00 -0330'],
  ])('in %s of %s is %s', (zone, time, text) => {
    process.env['TZ'] = zone;
    expect(apacheDate(new Date(time))).toBe(text);
  });
});

it('makes the text of a second once, also when requests of several seconds end by turns', () => {
  const made: number[] = [];
  const texts = new SecondTexts((date) => {
    made.push(date.getTime());
    return String(date.getTime());
  });
  for (let i = 0; i < 300; i++) expect(texts.of(1000 + (i % 30))).toBe(String(1_000_000 + (i % 30) * 1000));
  expect(made).toHaveLength(30);
  expect(texts.of(1064)).toBe('1064000');
  expect(texts.of(1000)).toBe('1000000');
});

it('writes UTC with milliseconds', () => {
  const times = new UtcTimes();
  const second = Date.UTC(2026, 0, 2, 3, 4, 5);
  for (const [ms, text] of [
    [0, '05.000Z'],
    [7.9, '05.007Z'],
    [7.1, '05.007Z'],
    [999.999, '05.999Z'],
    [1000, '06.000Z'],
    [7, '05.007Z'],
  ] as const)
    expect(times.of(second + ms)).toBe(`2026-01-02T03:04:${text}`);
});

it.each([
  [0, '0.000'],
  [0.0004, '0.000'],
  [0.0006, '0.001'],
  [1.5, '1.500'],
  [12.3456, '12.346'],
  [999.9999, '1000.000'],
  [86_400_000.25, '86400000.250'],
  [-1, '0.000'],
  [Number.NaN, '0.000'],
])('writes %d ms as %s', (value, text) => {
  expect(millisText(value)).toBe(text);
});
