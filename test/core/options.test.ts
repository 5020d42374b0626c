import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  duration,
  formatDuration,
  fraction,
  parseDuration,
  parseSize,
  size,
  type z,
} from '../../src/core/options.ts';

const messages = (schema: z.ZodType, value: unknown): readonly string[] => {
  const { error } = schema.safeParse(value);
  return error?.issues.map(({ message }) => message) ?? [];
};

describe('parseDuration', () => {
  it.each([
    ['250ms', 250],
    ['0ms', 0],
    ['2s', 2000],
    ['16.1s', 16_100],
    ['1.5m', 90_000],
    ['1.5h', 5_400_000],
    ['596h', 2_145_600_000],
  ])('reads %s as %d ms', (text, millis) => {
    expect(parseDuration(text)).toBe(millis);
  });

  it.each(['', '5', 's', '5 s', '-5s', '.5s', '5S', '1e3s', '5sec', '1s2s', '597h', `${'9'.repeat(400)}s`])(
    'does not read "%s"',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );

  it('reads back what formatDuration writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2_000_000_000 }), (millis) => {
        expect(parseDuration(formatDuration(millis))).toBe(millis);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0ms'],
    [250, '250ms'],
    [2000, '2s'],
    [2500, '2.5s'],
    [2510, '2510ms'],
    [90_000, '1.5m'],
    [3_600_000, '1h'],
  ])('writes %d as %s', (millis, text) => {
    expect(formatDuration(millis)).toBe(text);
  });
});

describe('parseSize', () => {
  it.each([
    ['512B', 512],
    ['64KiB', 65_536],
    ['1.5MiB', 1_572_864],
    ['2GiB', 2_147_483_648],
  ])('reads %s as %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(['64', '64KB', '64kib', '-1B', '99999999999GiB'])('does not read "%s"', (text) => {
    expect(parseSize(text)).toBeUndefined();
  });
});

describe('the readers of options', () => {
  it('turn what people write into milliseconds and bytes', () => {
    expect(duration().parse('2s')).toBe(2000);
    expect(size().parse('64KiB')).toBe(65_536);
    expect(fraction().parse(0.25)).toBe(0.25);
  });

  it.each([
    [duration(), 5, 'expected a duration with a unit, got the bare number 5; write `5s` or `5ms`'],
    [duration(), 'soon', 'expected a duration such as 250ms, 2s or 5m, got "soon"'],
    [duration(), '1000h', 'expected a duration of at most 24 days, got "1000h"'],
    [size(), 5, 'expected a size with a unit, got the bare number 5; write `5B` or `5KiB`'],
    [size(), '5KB', 'expected a size such as 512B, 64KiB or 2MiB, got "5KB"; write `5KiB`'],
    [size(), '99999999999GiB', 'expected a size below 8 PiB, got "99999999999GiB"'],
  ])('say once what is wrong (%#)', (schema, value, message) => {
    expect(messages(schema, value)).toEqual([message]);
  });

  it.each([-0.1, 1.1, 50, Number.NaN, '0.5'])('take %s for no fraction', (value) => {
    expect(messages(fraction(), value)).toHaveLength(1);
  });
});
