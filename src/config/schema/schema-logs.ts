import { z } from '../../core/options.ts';
import { fileName, limit, section } from './schema-parts.ts';

/** The keys of what is written down: the program's own log, and a line for each request. */

export const logSchema = section(
  {
    level: z
      .enum(['error', 'warn', 'info', 'debug', 'trace'])
      .default('info')
      .describe('least that is logged'),
    format: z.enum(['text', 'json']).default('text').describe('for people or for programs'),
    trace: z
      .array(z.enum(['config', 'pool', 'decisions', 'reports', 'timing']))
      .default([])
      .describe('what is followed step by step, whatever the level'),
  },
  'the log, on standard error',
);

const status = z
  .union([
    z.string().regex(/^[1-5]([0-9]{2}|xx)$/, {
      error: ({ input }) =>
        `expected a status such as 404, or a class such as 4xx, got ${JSON.stringify(input)}`,
    }),
    z.int().min(100).max(599),
  ])
  .transform(String);

export const eventLogSchema = z
  .strictObject({ file: fileName().describe('file that events are added to, a JSON object a line') })
  .describe('what happens to the proxy, in a file of its own as well as in the log; none if left out');

export const accessLogSchema = z
  .strictObject({
    file: fileName().describe('file that lines are added to, or `stdout`'),
    format: z.enum(['combined', 'json']).default('combined').describe("Apache's, or an object a line"),
    query: z.enum(['keep', 'drop']).default('keep').describe('whether paths are written with their query'),
    minDuration: limit().exactOptional().describe('only requests that took at least so long'),
    status: z
      .array(status)
      .min(1)
      .max(100)
      .exactOptional()
      .describe('only answers of these; with `minDuration` as well, one of the two is enough'),
    retries: z
      .boolean()
      .default(false)
      .describe(
        'only requests that were sent more than once; another way in beside `minDuration` and `status`',
      ),
  })
  .describe('a line for each request; none if left out');
