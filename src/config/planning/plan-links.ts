import { dirname, resolve } from 'node:path';
import type { Candidacy } from '../../core/candidacy.ts';
import type { Guard } from '../../core/chain.ts';
import { messageOf, type Problem, ScriptError } from '../../core/errors.ts';
import type { ExportKind, LoadedExport } from '../../script/export-kind.ts';
import { type Attempt, type LinkEntry, readEntry, readOptions } from '../checks/links.ts';
import type { StickyConfig } from '../completing/sessions-config.ts';
import type { ReadConfig } from '../read.ts';
import { anError, aWarning } from '../reading/problem.ts';
import type { Path } from '../reading/sourced.ts';
import { writtenLinks } from '../schema/named-chains.ts';
import type { PoolConfig } from '../schema/schema.ts';
import type { ChainEntry } from '../schema/schema-pools.ts';
import type { PlannedLink } from './herding.ts';
import { withOutlier } from './outlier-link.ts';
import { filterBehindSticky, withSticky } from './sticky-place.ts';

/** A user's function, ready for a chain. */
export interface LoadedScript {
  readonly reference: string;
  readonly name: string;
  readonly candidacy: Candidacy;
  readonly guard: Guard;
  /** Absolute paths of all it is made of. */
  readonly files: readonly string[];
  readonly warnings?: readonly Problem[];
}

export interface PlanContext {
  /** Loads a script by a path as written, relative to a directory. Throws a ScriptError. */
  loadScript(reference: string, fromDirectory: string): Promise<LoadedScript>;
  /** The same for one that exports something else. Left out where nothing needs it. */
  loadExport?<T>(reference: string, fromDirectory: string, kind: ExportKind<T>): Promise<LoadedExport<T>>;
  /** Makes the link that keeps clients of a pool on their servers. Left out where there are no clients. */
  stickyLink?(pool: string, sticky: StickyConfig): Candidacy;
  /** True if a folder is there, by its absolute path. Left out where nobody looks. */
  isFolder?(path: string): boolean;
}

/** A chain as it was written, and where. */
interface ChainPlace {
  readonly chain: PoolConfig['chain'];
  readonly path: Path;
  /** The pool whose `outlier` and `sticky` are to hold in it; none if left out. */
  readonly pool?: string;
}

/** Where chains were read from. */
type ChainSource = Pick<ReadConfig, 'locate' | 'baseDirectory'> & Partial<Pick<ReadConfig, 'config'>>;

/** Loads scripts, each once, and makes links of what was written. */
export class LinkPlanner {
  readonly problems: Problem[] = [];
  readonly warnings: Problem[] = [];
  readonly #scripts = new Map<string, Promise<Attempt<LoadedScript>>>();
  readonly #read: ChainSource;
  readonly #context: PlanContext;

  constructor(read: ChainSource, context: PlanContext) {
    this.#read = read;
    this.#context = context;
  }

  /** The links of one chain that can be made; what stands in the way of the others goes to `problems`. */
  async links({ chain, path, pool = '' }: ChainPlace): Promise<readonly PlannedLink[]> {
    const attempts = await Promise.all(
      writtenLinks(chain).map((entry, i) => this.#link(entry, [...path, i])),
    );
    const links = attempts.flatMap((attempt) => {
      if ('value' in attempt) return [attempt.value];
      this.problems.push(...attempt.problems);
      return [];
    });
    const { config, locate } = this.#read;
    const whole = withOutlier(links, config?.pools[pool]?.outlier, locate(['pools', pool, 'outlier'], 'key'));
    return this.#sticky(whole, pool);
  }

  #sticky(links: readonly PlannedLink[], pool: string): readonly PlannedLink[] {
    const { config, locate } = this.#read;
    const sticky = config?.pools[pool]?.sticky;
    if (!sticky) return links;
    const late = filterBehindSticky(links);
    if (late)
      this.warnings.push(
        aWarning(`\`${late.name}\` cannot send sticky clients elsewhere from here`, late.where, {
          suggestion: 'put filters before what orders and cuts',
        }),
      );
    const where = locate(['pools', pool, 'sticky'], 'key');
    return withSticky(links, this.#context.stickyLink?.(pool, sticky), where);
  }

  /** The scripts that could be loaded. */
  async loaded(): Promise<readonly LoadedScript[]> {
    const attempts = await Promise.all(this.#scripts.values());
    return attempts.flatMap((attempt) => ('value' in attempt ? [attempt.value] : []));
  }

  async #link(written: ChainEntry, path: Path): Promise<Attempt<PlannedLink>> {
    const { locate } = this.#read;
    const entry = readEntry(written, path, locate);
    if ('problems' in entry) return entry;
    const where = locate(entry.value.path, 'key');
    if (entry.value.kind === 'script') return this.#scriptLink(entry.value, where);
    const { candidacy } = entry.value;
    const options = readOptions(candidacy, entry.value, locate);
    if ('problems' in options) return options;
    return { value: { name: candidacy.name, candidacy, options: options.value, where } };
  }

  async #scriptLink(
    entry: Extract<LinkEntry, { kind: 'script' }>,
    where: PlannedLink['where'],
  ): Promise<Attempt<PlannedLink>> {
    const { reference, onError } = entry;
    const directory = where.place ? resolve(dirname(where.place.file)) : this.#read.baseDirectory;
    const script = await this.#script(reference, directory);
    if ('problems' in script)
      return {
        problems: script.problems.map((problem) => (problem.place ? problem : { ...problem, ...where })),
      };
    const { name, candidacy, guard } = script.value;
    try {
      const options = readOptions(candidacy, entry, this.#read.locate);
      if ('problems' in options) return options;
      const link = { name, candidacy, guard, options: options.value, where };
      return { value: onError === undefined ? link : { ...link, onError } };
    } catch (thrown) {
      return { problems: [anError(`the options of ${name} cannot be read: ${messageOf(thrown)}`, where)] };
    }
  }

  #script(reference: string, directory: string): Promise<Attempt<LoadedScript>> {
    const key = `${directory}\0${reference}`;
    const known = this.#scripts.get(key) ?? this.#load(reference, directory);
    this.#scripts.set(key, known);
    return known;
  }

  async #load(reference: string, directory: string): Promise<Attempt<LoadedScript>> {
    try {
      return { value: await this.#context.loadScript(reference, directory) };
    } catch (thrown) {
      if (thrown instanceof ScriptError) return { problems: thrown.problems };
      return { problems: [anError(`the script ${reference} cannot be loaded: ${messageOf(thrown)}`, {})] };
    }
  }
}
