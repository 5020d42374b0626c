import { readFile } from 'node:fs/promises';
import { messageOf } from '../core/errors.ts';

/** The text of a file that a flag or an argument names. Rejects with an Error that names it. */
export const readSource = async (file: string): Promise<{ readonly file: string; readonly text: string }> => {
  try {
    return { file, text: await readFile(file, 'utf8') };
  } catch (thrown) {
    throw new Error(`${file} cannot be read: ${messageOf(thrown)}`);
  }
};
