import { z } from 'zod';
import { DURATION, nearDuration, nearSize, parseDuration, parseSize, SIZE } from './units.ts';

export { formatDuration, parseDuration, parseSize } from './units.ts';
/**
 * Readers for options that people write: durations, sizes, fractions. Everything that takes options
 * (links, configuration keys) is described with these, so that types, checks, messages, JSON Schema
 * and documentation come from one place.
 */
export { z };

const repair = (better: string | undefined): string => (better === undefined ? '' : `; write \`${better}\``);

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
      error: (issue) =>
        `expected a duration such as 250ms, 2s or 5m, got ${JSON.stringify(issue.input)}${repair(nearDuration(String(issue.input)))}`,
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
      error: (issue) =>
        `expected a size such as 512B, 64KiB or 2MiB, got ${JSON.stringify(issue.input)}${repair(nearSize(String(issue.input)))}`,
    })
    .refine((text) => !SIZE.test(text) || parseSize(text) !== undefined, {
      error: (issue) => `expected a size below 8 PiB, got ${JSON.stringify(issue.input)}`,
    })
    .transform((text) => parseSize(text) ?? 0)
    .meta({ description: 'a number and B, KiB, MiB or GiB' }) as unknown as z.ZodType<number, string>;

/** 0..1. Never a percentage. */
export const fraction = (): z.ZodNumber =>
  z
    .number()
    .min(0)
    .max(1, {
      error: ({ input }) =>
        `expected at most 1, got ${input}${Number(input) >= 2 && Number(input) <= 100 ? `; write \`${Number(input) / 100}\` for ${input} %` : ''}`,
    });
