import { z } from '../../core/options.ts';
import { fileName, manyOf } from './schema-parts.ts';
import { fieldValue, scriptPath } from './schema-rule-parts.ts';

/** The keys for what this process answers itself. */

/** A file inside a directory, by its name there. */
const innerFile = () =>
  z
    .string()
    .min(1)
    .max(255)
    .refine((name) => !/^\/|(?:^|\/)\.\.?(?:\/|$)|\\|\p{Cc}/u.test(name), {
      error: ({ input }) => `expected the name of a file in the directory, got ${JSON.stringify(input)}`,
    });

const filesShape = {
  directory: fileName().describe('folder that is served'),
  index: manyOf(innerFile(), 16, 0)
    .prefault(['index.html'])
    .describe('files that stand for their folder, the first that is there'),
  listing: z.boolean().default(false).describe('folders without such a file are listed'),
  cacheControl: fieldValue().exactOptional().describe('value of Cache-Control for every file'),
  dotfiles: z.enum(['deny', 'allow']).default('deny').describe('what becomes of names that begin with a dot'),
  symlinks: z
    .enum(['inside', 'follow'])
    .default('inside')
    .describe('links that lead out of the folder are refused, or followed'),
  fallback: innerFile()
    .exactOptional()
    .describe('file for paths that no file has, as one-page applications want'),
};

const filesObject = z.strictObject(filesShape);

const files = z
  .union([fileName(), filesObject])
  .transform(
    (given): z.output<typeof filesObject> =>
      typeof given === 'string' ? filesObject.parse({ directory: given }) : given,
  )
  .describe('serves the files of a folder');

/** In routes and locations. */
export const localShape = {
  files: files.exactOptional(),
  handler: scriptPath()
    .exactOptional()
    .describe('answers with a function of yours: `./file.ts` or `./file.ts#name`'),
};
