import { dirname, resolve } from 'node:path';
import type { Problem } from '../../core/errors.ts';
import { type FileAccess, nameFrom, readFault } from './file-access.ts';
import { anError, aWarning } from './problem.ts';
import { type Locate, type Path, pathText } from './sourced.ts';

/** What a file says, or why it cannot be used, as a sentence with its name. */
export type FileSays =
  | { readonly value: string; readonly warning?: string | undefined }
  | { readonly fault: string };

/** Takes what it wants from the text of a file; `name` is for messages. */
export type FileReader = (text: string, name: string) => FileSays;

/** A key whose value is the name of a file, and what is looked for in that. */
export interface NamedFile {
  readonly path: Path;
  readonly file: string;
  readonly read: FileReader;
}

/** Where files are, and where they were named. */
export interface NamingParts {
  readonly locate: Locate;
  /** What the names of files are relative to that no file names. */
  readonly directory: string;
}

/** A file that a key names, as messages show it: relative to the file that the key stands in. */
export const nameAt = (path: Path, file: string, { locate, directory }: NamingParts): string => {
  const { place } = locate(path);
  return nameFrom(place ? dirname(place.file) : directory, file);
};

/** What the files that keys name say, by key. */
export class FileTexts {
  readonly problems: Problem[] = [];
  readonly #paths = new Set<string>();
  readonly #texts = new Map<string, string>();

  /** Absolute paths of the files that were looked for. */
  get paths(): readonly string[] {
    return [...this.#paths];
  }

  /** What the file says that the key at the path names; undefined if it could not be used. */
  at(path: Path): string | undefined {
    return this.#texts.get(pathText(path));
  }

  async add(
    { path, file, read }: NamedFile,
    parts: NamingParts & Pick<FileAccess, 'readFile'>,
  ): Promise<void> {
    const name = nameAt(path, file, parts);
    const where = parts.locate(path);
    this.#paths.add(resolve(name));
    try {
      const said = read(await parts.readFile(resolve(name)), name);
      if ('fault' in said) this.problems.push(anError(said.fault, where));
      else {
        this.#texts.set(pathText(path), said.value);
        if (said.warning !== undefined) this.problems.push(aWarning(said.warning, where));
      }
    } catch (thrown) {
      this.problems.push(anError(readFault(name, thrown), where));
    }
  }
}
