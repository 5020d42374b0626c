import type { Stats } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { isHidden } from './file-path.ts';

/** What a path leads to, with every link followed. `missing`: nothing that may be shown. */
export type Found =
  | { readonly kind: 'file' | 'folder'; readonly path: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'refused'; readonly status: 403 | 404 | 500 };

const MISSING = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'EINVAL']);
const codeOf = (thrown: unknown): string =>
  thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';

const refusal = (thrown: unknown): Found => {
  const code = codeOf(thrown);
  if (MISSING.has(code)) return { kind: 'missing' };
  if (code === 'ELOOP') return { kind: 'refused', status: 404 };
  return { kind: 'refused', status: code === 'EACCES' || code === 'EPERM' ? 403 : 500 };
};

/** Where files are looked for, and which are not for others. */
export interface Place {
  /** Absolute. */
  readonly directory: string;
  readonly symlinks: 'inside' | 'follow';
  readonly dotfiles: 'deny' | 'allow';
}

/** Whether a path lies in a folder, both without links; unless `dotfiles` allows it, not behind a hidden name there. */
export const liesIn = (folder: string, path: string, dotfiles: Place['dotfiles']): boolean => {
  const names = relative(folder, path).split(sep);
  if (isAbsolute(relative(folder, path)) || names[0] === '..') return false;
  return dotfiles === 'allow' || !names.some((name) => isHidden(name));
};

/** A pipe or a device is no file: reading one may never end. */
const kindOf = (stats: Stats): 'file' | 'folder' | undefined => {
  if (stats.isFile()) return 'file';
  return stats.isDirectory() ? 'folder' : undefined;
};

/**
 * Looks for what lies under these names in a directory. With `inside`, links may not lead out of it, nor to hidden
 * files. Never rejects. What is swapped between this look and the reading is the business of whoever may write there.
 */
export const findFile = async (
  { directory, symlinks, dotfiles }: Place,
  names: readonly string[],
): Promise<Found> => {
  try {
    const [root, path] = await Promise.all([realpath(directory), realpath(join(directory, ...names))]);
    if (symlinks === 'inside' && !liesIn(root, path, dotfiles)) return { kind: 'refused', status: 404 };
    const kind = kindOf(await stat(path));
    return kind ? { kind, path } : { kind: 'refused', status: 404 };
  } catch (thrown) {
    return refusal(thrown);
  }
};
