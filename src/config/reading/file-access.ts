import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { messageOf } from '../../core/errors.ts';

/** How files are reached. Paths are absolute. */
export interface FileAccess {
  readonly readFile: (path: string) => Promise<string>;
  /** Names of what is in a directory. */
  readonly listDirectory: (path: string) => Promise<readonly string[]>;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of the path is not a directory',
};

/** Why a file cannot be read, in words. */
export const readFault = (name: string, thrown: unknown): string => {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  return `cannot read ${name}: ${REASONS[code] ?? messageOf(thrown)}`;
};

/** A path as messages show it, from the directory of the file that it stands in. */
export const nameFrom = (directory: string, path: string): string =>
  isAbsolute(path) ? path : join(directory, path);

/** A `*` may stand for any characters but the dot at the start, as in a shell. */
const matcher = (pattern: string): ((name: string) => boolean) => {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop() ?? '';
  return (name) => {
    if (!name.startsWith(first) || (name.startsWith('.') && first === '')) return false;
    let from = first.length;
    for (const part of rest) {
      const at = name.indexOf(part, from);
      if (at === -1) return false;
      from = at + part.length;
    }
    return name.endsWith(last) && name.length - last.length >= from;
  };
};

/** The files that a name with `*` in its last part stands for, sorted; a name without stands for itself. */
export const filesNamed = async (name: string, { listDirectory }: FileAccess): Promise<readonly string[]> => {
  const last = basename(name);
  if (!last.includes('*')) return [name];
  const names = await listDirectory(resolve(dirname(name)));
  return names
    .filter(matcher(last))
    .toSorted()
    .map((file) => join(dirname(name), file));
};
