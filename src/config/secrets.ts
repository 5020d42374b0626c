import { dirname, resolve } from 'node:path';
import type { Problem } from '../core/errors.ts';
import { type FileAccess, nameFrom, readFault } from './file-access.ts';
import { anError } from './problem.ts';
import { secret } from './schema-parts.ts';
import type { SourceText } from './source-text.ts';
import type { Locate } from './sourced.ts';

/** What stands behind a key `token`, but not a variable that says nothing of the secret itself. */
const WRITTEN =
  /\btoken["']?[ \t]*:(?:[ \t]*[>|][-+\d]*[ \t]*\r?\n)?[ \t]*["']?(?!\$\{\w+(?::-|:\?[^}]*)?\})([^\s"',}]+)/dg;

/** Blanks tokens in the frames of messages, in texts whose syntax is broken too. */
export const hideSecrets = (source: SourceText): void => {
  for (const { indices } of source.text.matchAll(WRITTEN)) {
    const [start, end] = indices?.[1] ?? [0, 0];
    source.hide({ source, start, end });
  }
};

/** A secret that was read from a file, or why it was not. */
export interface SecretReading {
  readonly value?: string;
  /** Absolute path. */
  readonly path: string;
  readonly problems: readonly Problem[];
}

/** Reads the token in `agents.tokenFile`, without the white space round it. A path is relative to the file it stands in. */
export const readTokenFile = async (
  file: string,
  {
    readFile,
    locate,
    directory,
  }: Pick<FileAccess, 'readFile'> & { readonly locate: Locate; readonly directory: string },
): Promise<SecretReading> => {
  const where = locate(['agents', 'tokenFile']);
  const name = nameFrom(where.place ? dirname(where.place.file) : directory, file);
  const path = resolve(name);
  const refuse = (message: string): SecretReading => ({ path, problems: [anError(message, where)] });
  try {
    const value = (await readFile(path)).trim();
    if (value === '') return refuse(`${name} is empty`);
    const fault = secret().safeParse(value).error?.issues[0];
    return fault ? refuse(`${name}: ${fault.message}`) : { value, path, problems: [] };
  } catch (thrown) {
    return refuse(readFault(name, thrown));
  }
};
