import { z } from 'zod';

/**
 * Readers for options that people write: durations, sizes, fractions. Everything that takes options
 * (links, configuration keys) is described with these, so that types, checks, messages, JSON Schema
 * and documentation come from one place.
 */
export { z };

const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;
const MILLIS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const SIZE = /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB)$/;
const BYTES = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;

/** Longest duration: what a timer can wait for (2^31 - 1 ms, 24.8 days). A longer one would fire at once. */
const MAX_DURATION = 2_147_483_647;

/** Milliseconds of `250ms`, `2s`, `5m`, `1.5h`, to the microsecond; undefined for anything else or above 24 days. */
export const parseDuration = (text: string): number | undefined => {
  const match = DURATION.exec(text);
  if (!match) return undefined;
  const millis = Math.round(Number(match[1]) * MILLIS[match[2] as keyof typeof MILLIS] * 1000) / 1000;
  return millis <= MAX_DURATION ? millis : undefined;
};

/** Bytes of `512B`, `64KiB`, `2MiB`; undefined for anything else or above 8 PiB, where whole numbers end. */
export const parseSize = (text: string): number | undefined => {
  const match = SIZE.exec(text);
  if (!match) return undefined;
  const bytes = Math.round(Number(match[1]) * BYTES[match[2] as keyof typeof BYTES]);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
};

/** The shortest exact way to write a duration: 2500 is `2.5s`. */
export const formatDuration = (millis: number): string => {
  const unit = (['h', 'm', 's'] as const).find(
    (name) => millis >= MILLIS[name] && Number.isInteger((millis / MILLIS[name]) * 10),
  );
  return unit ? `${millis / MILLIS[unit]}${unit}` : `${millis}ms`;
};

/** A time with its unit, read as milliseconds. A bare number is refused: nobody can know its unit. */
export const duration = (): z.ZodType<number, string> =>
  z
    .string({
      error: (issue) =>
        typeof issue.input === 'number'
          ? `expected a duration with a unit, got the bare number ${issue.input}; write \`${issue.input}s\` or \`${issue.input}ms\``
          : undefined,
    })
    .regex(DURATION, {
      error: (issue) => `expected a duration such as 250ms, 2s or 5m, got ${JSON.stringify(issue.input)}`,
    })
    .refine((text) => !DURATION.test(text) || parseDuration(text) !== undefined, {
      error: (issue) => `expected a duration of at most 24 days, got ${JSON.stringify(issue.input)}`,
    })
    .transform((text) => parseDuration(text) ?? 0)
    .meta({ description: 'a number and ms, s, m or h' }) as unknown as z.ZodType<number, string>;

/** A size with its unit, read as bytes. */
export const size = (): z.ZodType<number, string> =>
  z
    .string({
      error: (issue) =>
        typeof issue.input === 'number'
          ? `expected a size with a unit, got the bare number ${issue.input}; write \`${issue.input}B\` or \`${issue.input}KiB\``
          : undefined,
    })
    .regex(SIZE, {
      error: (issue) => `expected a size such as 512B, 64KiB or 2MiB, got ${JSON.stringify(issue.input)}`,
    })
    .refine((text) => !SIZE.test(text) || parseSize(text) !== undefined, {
      error: (issue) => `expected a size below 8 PiB, got ${JSON.stringify(issue.input)}`,
    })
    .transform((text) => parseSize(text) ?? 0)
    .meta({ description: 'a number and B, KiB, MiB or GiB' }) as unknown as z.ZodType<number, string>;

/** 0..1. Never a percentage. */
export const fraction = (): z.ZodNumber => z.number().min(0).max(1);
