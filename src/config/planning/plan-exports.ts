import { dirname, resolve } from 'node:path';
import { messageOf, type Problem, ScriptError } from '../../core/errors.ts';
import type { ExportKind, LoadedExport } from '../../script/export-kind.ts';
import type { ReadConfig } from '../read.ts';
import { anError } from '../reading/problem.ts';
import type { Path } from '../reading/sourced.ts';
import type { PlanContext } from './plan-links.ts';

/** Loads scripts that are no candidacy functions, each once. */
export class ExportPlanner {
  readonly problems: Problem[] = [];
  readonly #loaded: LoadedExport<unknown>[] = [];
  readonly #read: Pick<ReadConfig, 'locate' | 'baseDirectory'>;
  readonly #context: PlanContext;

  constructor(read: Pick<ReadConfig, 'locate' | 'baseDirectory'>, context: PlanContext) {
    this.#read = read;
    this.#context = context;
  }

  /** Those that could be loaded. */
  get loaded(): readonly LoadedExport<unknown>[] {
    return this.#loaded;
  }

  /** What the reference at the path means; undefined if it cannot be used, which `problems` then says. */
  async load<T>(reference: string, path: Path, kind: ExportKind<T>): Promise<LoadedExport<T> | undefined> {
    const where = this.#read.locate(path);
    const directory = where.place ? resolve(dirname(where.place.file)) : this.#read.baseDirectory;
    try {
      const { loadExport } = this.#context;
      if (!loadExport) throw new Error('scripts are not loaded here');
      const loaded = await loadExport(reference, directory, kind);
      this.#loaded.push(loaded);
      return loaded;
    } catch (thrown) {
      const problems =
        thrown instanceof ScriptError
          ? thrown.problems.map((problem) => (problem.place ? problem : { ...problem, ...where }))
          : [anError(`the script ${reference} cannot be loaded: ${messageOf(thrown)}`, where)];
      this.problems.push(...problems);
      return undefined;
    }
  }
}
