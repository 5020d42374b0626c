import { size, z } from '../../core/options.ts';
import { fileName } from './schema-parts.ts';

/** Less would hold little more than a checkpoint of a large pool. */
const LEAST_BYTES = 1024 * 1024;

const fieldName = z.string().regex(/^[\w!#$%&'*+.^`|~-]{1,128}$/, {
  error: ({ input }) => `expected the name of a header field or a cookie, got ${JSON.stringify(input)}`,
});

/** The key of what is recorded for `forehand replay`. */
export const recordSchema = z
  .strictObject({
    file: fileName().describe('file that is written; older ones are `file.1`, `file.2` and so on'),
    maxSize: size()
      .refine((bytes) => bytes >= LEAST_BYTES, {
        error: ({ input }) => `expected at least 1MiB, got ${Number(input)} bytes`,
      })
      .prefault('64MiB')
      .describe('a new file is begun when one is so large'),
    files: z.int().min(1).max(1000).default(4).describe('files that are kept, for each process'),
    headers: z
      .array(fieldName)
      .max(32)
      .default([])
      .describe(
        'header fields that are recorded with each request; candidacy functions see no others at replay',
      ),
    cookies: z.array(fieldName).max(32).default([]).describe('cookies that are recorded with each request'),
  })
  .describe('decisions and all that they depend on, for `forehand replay`; nothing is recorded if left out');
