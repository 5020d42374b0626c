import { type Candidacy, defineCandidacy, type ExplainedFunction, isCandidacy } from '../core/candidacy.ts';
import { type Problem, ScriptError } from '../core/errors.ts';
import { z } from '../core/options.ts';
import type { Millis } from '../core/types.ts';
import { type Bundle, endBundling, SHARED_MODULES, type SharedModules } from './bundle.ts';
import { bundleScript, type MakeBundle } from './bundle-script.ts';
import { contain } from './contain.ts';
import { type Exports, evaluate } from './evaluate.ts';
import type { ScriptEvent } from './event.ts';
import { type ExportKind, type KindRails, type LoadedExport, takeExport, toldAs } from './export-kind.ts';
import { type GuardSettings, ScriptGuard } from './guard.ts';
import type { Heartbeat } from './heartbeat.ts';
import { pickExport } from './pick-export.ts';
import { placeOfExport, problemAt } from './place.ts';
import { keyOf, parseReference, type Wanted } from './reference.ts';

/** A bundle with its source map. A function over a list of servers has no use for more; data belongs in a file. */
const MAX_BUNDLE_BYTES = 1024 ** 2;
const EVALUATION_LIMIT_MS = 10_000;

export interface LoaderParts {
  /** Packages that scripts share with the program (`forehand`, `zod`, ...): what they import is the very same. */
  readonly modules: SharedModules;
  /** Milliseconds with fractions that never go back. */
  readonly clock: () => Millis;
  readonly heartbeat: Heartbeat;
  readonly onEvent: (event: ScriptEvent) => void;
  /** Makes bundles in place of bundleScript. */
  readonly bundle?: MakeBundle;
  readonly guardSettings?: Partial<GuardSettings>;
  /** How long a script's top-level await may take. */
  readonly evaluationLimitMs?: Millis;
  /**
   * Versions that did not return when an earlier process called or loaded them, as its watchdog named them.
   * They are not run again, not even loaded: their links start bypassed, until their content changes.
   */
  readonly stuck?: readonly StuckScript[];
}

/** A version that did not return. `name`: its reference. */
interface StuckScript {
  readonly name: string;
  readonly hash: string;
}

/** A user's function, ready for a chain. The same object as long as its content does not change. */
export interface LoadedScript {
  /** As written: a path from the folder of the configuration, and `#name` for an export that is not the default. */
  readonly reference: string;
  /** For people: the name given to defineCandidacy, else the reference. */
  readonly name: string;
  readonly hash: string;
  readonly candidacy: Candidacy;
  readonly guard: ScriptGuard;
  /** Absolute paths of the script and of everything it imports outside node_modules. */
  readonly files: readonly string[];
  /** What the bundler found odd. */
  readonly warnings: readonly Problem[];
}

const refuse = (message: string): never => {
  throw new ScriptError([{ severity: 'error', message }]);
};

const share = (modules: SharedModules): void => {
  const shared: unknown = Reflect.get(globalThis, SHARED_MODULES);
  Reflect.set(globalThis, SHARED_MODULES, { ...(typeof shared === 'object' ? shared : {}), ...modules });
};

const WHY_STUCK = 'it did not return when it last ran';

/** In place of a version that must not run: takes any options and does nothing. Its guard bypasses it anyway. */
const standIn = (name: string): Candidacy =>
  defineCandidacy({ name, options: z.unknown(), create: () => (servers) => servers });

const asCandidacy = (value: unknown, name: string): Candidacy => {
  if (isCandidacy(value)) return value;
  const run = value as ExplainedFunction;
  return defineCandidacy({ name, kind: run.score ? 'order' : 'filter', create: () => run });
};

/** Loads users' scripts. One at a time, in the order asked for. */
export class ScriptLoader {
  readonly #parts: LoaderParts;
  readonly #loaded = new Map<string, LoadedScript>();
  /** What is no candidacy function, by reference and kind. */
  readonly #others = new Map<string, LoadedExport<unknown>>();
  readonly #modules = new Map<string, Exports>();
  readonly #files = new Map<string, ReadonlySet<string>>();
  readonly #stuck: StuckScript[];
  #queue: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(parts: LoaderParts) {
    this.#parts = parts;
    this.#stuck = [...(parts.stuck ?? [])];
    share(parts.modules);
    process.setSourceMapsEnabled(true);
  }

  /**
   * The files to watch for a script that `load` was asked for: all that it is made of, also when it failed, with those
   * that were missing, so that mending any of them is noticed. Empty if it was never asked for.
   */
  filesOf(reference: string, fromDirectory: string): readonly string[] {
    return [...(this.#files.get(keyOf(parseReference(reference, fromDirectory))) ?? [])].sort();
  }

  /**
   * Loads a script. What was loaded before under the same reference stays as it is, whatever comes of this.
   * Throws a ScriptError that names file, line and column.
   */
  async load(reference: string, fromDirectory: string): Promise<LoadedScript> {
    return this.#inTurn((wanted) => this.#load(wanted), parseReference(reference, fromDirectory));
  }

  /** The same for a script that exports something else than a candidacy function. */
  async loadExport<T>(
    reference: string,
    fromDirectory: string,
    kind: ExportKind<T>,
  ): Promise<LoadedExport<T>> {
    return this.#inTurn((wanted) => this.#loadOther(wanted, kind), parseReference(reference, fromDirectory));
  }

  /** This version did not return in another process that runs it too: it is not called here any more either. */
  bypass(stuck: StuckScript): void {
    this.#stuck.push(stuck);
    for (const { reference, hash, guard } of [...this.#loaded.values(), ...this.#others.values()])
      if (reference === stuck.name && hash === stuck.hash) guard.startBypassed(WHY_STUCK);
  }

  /** Waits for what is being loaded. What was loaded works on. */
  async close(): Promise<void> {
    await this.#queue;
  }

  #inTurn<T>(load: (wanted: Wanted) => Promise<T>, wanted: Wanted): Promise<T> {
    this.#waiting += 1;
    const turn = this.#after(this.#queue, () => load(wanted));
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  async #after<T>(before: Promise<unknown>, load: () => Promise<T>): Promise<T> {
    await before;
    try {
      return await load();
    } finally {
      this.#waiting -= 1;
      if (this.#waiting === 0) await endBundling();
    }
  }

  async #bundled(wanted: Wanted): Promise<{ readonly made: Bundle; readonly files: readonly string[] }> {
    const { reference, entry } = wanted;
    const files = new Set([entry]);
    this.#files.set(keyOf(wanted), files);
    const make = this.#parts.bundle ?? bundleScript;
    const onFile = (file: string): void => void files.add(file);
    const made = await make({ reference, entry, modules: this.#parts.modules, onFile });
    if (made.code.byteLength > MAX_BUNDLE_BYTES)
      refuse(`the script ${reference} is ${made.code.byteLength} bytes long when bundled; 1 MiB is the most`);
    return { made, files: [...files].sort() };
  }

  async #load(wanted: Wanted): Promise<LoadedScript> {
    const key = keyOf(wanted);
    const { made, files } = await this.#bundled(wanted);
    const known = this.#loaded.get(key);
    if (known?.hash === made.hash) return known;
    const script = await this.#make(wanted, made, files);
    this.#loaded.set(key, script);
    return script;
  }

  async #loadOther<T>(wanted: Wanted, kind: ExportKind<T>): Promise<LoadedExport<T>> {
    const { reference, entry, exportName } = wanted;
    const key = `${kind.name} ${keyOf(wanted)}`;
    const { made, files } = await this.#bundled(wanted);
    const { hash, warnings } = made;
    const known = this.#others.get(key);
    const guard = known?.hash === hash ? known.guard : this.#guard(reference, hash, files, kind);
    const same = { reference, entry, hash, guard, files, warnings };
    if (this.#isStuck(reference, hash)) {
      if (!guard.bypassed) guard.startBypassed(WHY_STUCK);
      const stuck = { ...same, value: kind.standIn };
      this.#others.set(key, stuck);
      return stuck;
    }
    const taken = takeExport(await this.#exportsOf(wanted, made, files), exportName, kind);
    if ('fault' in taken)
      throw new ScriptError([problemAt(taken.fault, placeOfExport(entry, exportName ?? 'default'))]);
    const loaded = { ...same, value: taken.value };
    this.#others.set(key, loaded);
    return loaded;
  }

  #guard(name: string, hash: string, files: readonly string[], kind: KindRails = {}): ScriptGuard {
    const { heartbeat, clock, onEvent, guardSettings } = this.#parts;
    const settings = { ...guardSettings, ...kind.rails };
    return new ScriptGuard({ name, hash, files, heartbeat, clock, onEvent: toldAs(onEvent, kind), settings });
  }

  #isStuck(reference: string, hash: string): boolean {
    return this.#stuck.some((one) => one.name === reference && one.hash === hash);
  }

  async #make(wanted: Wanted, made: Bundle, files: readonly string[]): Promise<LoadedScript> {
    const { reference } = wanted;
    const { hash, warnings } = made;
    const guard = this.#guard(reference, hash, files);
    const same = { reference, hash, guard, files, warnings };
    if (this.#isStuck(reference, hash)) {
      guard.startBypassed(WHY_STUCK);
      return { ...same, name: reference, candidacy: standIn(reference) };
    }
    const exports = await this.#exportsOf(wanted, made, files);
    const picked = pickExport(exports, wanted.exportName);
    const place = placeOfExport(wanted.entry, picked.name ?? 'default');
    if ('fault' in picked)
      throw new ScriptError([
        { ...problemAt(picked.fault, place), ...(picked.note ? { note: picked.note } : {}) },
      ]);
    const own = asCandidacy(picked.value, reference);
    const candidacy = contain(own, { name: `${reference}@${hash}`, guard, files, place });
    return { ...same, name: own.name, candidacy };
  }

  async #exportsOf({ reference, entry }: Wanted, made: Bundle, files: readonly string[]): Promise<Exports> {
    const { hash } = made;
    const known = this.#modules.get(hash);
    if (known) return known;
    const { heartbeat, onEvent, evaluationLimitMs: limitMs = EVALUATION_LIMIT_MS } = this.#parts;
    const number = heartbeat.register(reference, hash);
    const exports = await evaluate({ entry, bundle: made, files, heartbeat, number, limitMs });
    this.#modules.set(hash, exports);
    onEvent({ kind: 'script_loaded', name: reference, hash, modules: this.#modules.size });
    return exports;
  }
}
