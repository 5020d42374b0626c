import { dirname, resolve } from 'node:path';
import type { Problem } from '../../core/errors.ts';
import { type FileAccess, filesNamed, nameFrom, readFault } from './file-access.ts';
import { merge } from './merge.ts';
import { anError } from './problem.ts';
import type { Reading } from './read-yaml.ts';
import { SourceText } from './source-text.ts';
import { locatorOf, type Path, type Sourced } from './sourced.ts';

export interface IncludeParts extends FileAccess {
  /** Directory that paths are relative to, as it is to be shown in messages. */
  readonly directory: string;
  /** Absolute path of the file that includes; undefined for what came from no file. */
  readonly mainPath: string | undefined;
  readonly parse: (source: SourceText) => Reading;
}

/** The main file and what it includes, as one. */
export interface Included {
  readonly root: Sourced;
  readonly problems: readonly Problem[];
  /** Absolute paths of the files that were looked for, in order. */
  readonly paths: readonly string[];
  /** A file is missing or broken, so that what is missing in the whole says nothing. */
  readonly incomplete: boolean;
}

/** Most files that one configuration may include. */
const MAX_FILES = 256;

interface Pattern {
  readonly text: string;
  readonly path: Path;
}

const patternsOf = (root: Sourced): readonly Pattern[] => {
  const include = root.kind === 'map' ? root.entries.get('include')?.value : undefined;
  const items = include?.kind === 'list' ? include.items : include ? [include] : [];
  return items.flatMap((item, i) =>
    item.kind === 'scalar' && typeof item.value === 'string'
      ? [{ text: item.value, path: include?.kind === 'list' ? ['include', i] : ['include'] }]
      : [],
  );
};

/** Reads included files one by one and keeps the whole. */
class Inclusion {
  readonly paths = new Set<string>();
  readonly problems: Problem[] = [];
  root: Sourced;
  incomplete = false;
  readonly #main: Sourced;
  readonly #parts: IncludeParts;

  constructor(main: Sourced, parts: IncludeParts) {
    this.root = main;
    this.#main = main;
    this.#parts = parts;
  }

  async addAll({ text, path }: Pattern): Promise<void> {
    const name = nameFrom(this.#parts.directory, text);
    const folder = dirname(name);
    if (folder.includes('*')) return this.#refuse('`*` can stand in the last part of a path only', path);
    try {
      for (const file of await filesNamed(name, this.#parts)) await this.#add(file, path);
    } catch (thrown) {
      this.#refuse(readFault(folder, thrown), path);
    }
  }

  /** A file that two patterns name is read once, and the main file never again. */
  async #add(name: string, from: Path): Promise<void> {
    const path = resolve(name);
    if (path === this.#parts.mainPath || this.paths.has(path)) return;
    if (this.paths.size === MAX_FILES) return this.#refuse(`more than ${MAX_FILES} files are included`, from);
    this.paths.add(path);
    try {
      this.#merge(name, this.#parts.parse(new SourceText(name, await this.#parts.readFile(path))), from);
    } catch (thrown) {
      this.#refuse(readFault(name, thrown), from);
    }
  }

  #merge(name: string, { root, problems }: Reading, from: Path): void {
    this.problems.push(...problems);
    if (!root) this.incomplete = true;
    else if (root.kind !== 'map') this.#refuse(`${name} does not hold a mapping`, from);
    else if (this.root.kind === 'map') {
      const merged = merge(this.root, root);
      this.root = merged.root;
      this.problems.push(...merged.problems);
    }
  }

  #refuse(message: string, path: Path): void {
    this.problems.push(anError(message, locatorOf(this.#main)(path)));
    this.incomplete = true;
  }
}

/** Reads the files that `include` names, in order, and joins them to the main file. */
export const readIncludes = async (main: Sourced, parts: IncludeParts): Promise<Included> => {
  const inclusion = new Inclusion(main, parts);
  for (const pattern of patternsOf(main)) await inclusion.addAll(pattern);
  const { root, problems, paths, incomplete } = inclusion;
  return { root, problems, paths: [...paths], incomplete };
};
