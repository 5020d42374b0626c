import type { Problem } from '../core/errors.ts';
import { type Exports, listedExports } from './evaluate.ts';
import type { ScriptEvent } from './event.ts';
import type { GuardSettings, ScriptGuard } from './guard.ts';
import { functionFault } from './pick-export.ts';

/** What a script is to export where it is not a candidacy function. */
export interface ExportKind<T> {
  /** As people call it, with its article: `a handler`. Unique. */
  readonly name: string;
  /** In place of a version that must not even be loaded. Its guard is bypassed, so that nobody calls it. */
  readonly standIn: T;
  /** What differs from the rails of candidacy functions. */
  readonly rails?: Partial<GuardSettings>;
  /** How its faults are told where not as those of candidacy functions. */
  readonly fault?: 'handler_fault';
  /** Takes an export, or says in words that follow its name why it is none of this kind: `is a list, not a function`. */
  take(value: unknown): { readonly value: T } | { readonly fault: string };
}

/** Something of a user's that is no candidacy function, with its rails. The same object as long as its content is. */
export interface LoadedExport<T> {
  /** As written: a path, and `#name` for an export that is not the default. */
  readonly reference: string;
  /** Absolute path of the script. */
  readonly entry: string;
  readonly hash: string;
  readonly value: T;
  /** Call what the value has through it: it knows time, faults and bypass. */
  readonly guard: ScriptGuard;
  /** Absolute paths of all it is made of. */
  readonly files: readonly string[];
  readonly warnings: readonly Problem[];
}

/** A function that answers at once. What it takes and gives is for whoever calls it to check. */
export type PlainFunction = (...values: readonly unknown[]) => unknown;

const isFunction = (value: unknown): value is PlainFunction => functionFault(value) === undefined;

/** Functions of rules: whom to let in, what to make of a URL. */
export const PLAIN_FUNCTION: ExportKind<PlainFunction> = {
  name: 'a function',
  standIn: () => undefined,
  take: (value) =>
    isFunction(value)
      ? { value }
      : { fault: functionFault(value)?.replace('a candidacy function', 'a function') ?? '' },
};

/** How the rails of a kind differ from those of candidacy functions. */
export type KindRails = Pick<ExportKind<unknown>, 'rails' | 'fault'>;

/** Tells faults as those of their kind. */
export const toldAs =
  (onEvent: (event: ScriptEvent) => void, { fault: kind }: KindRails): ((event: ScriptEvent) => void) =>
  (event) => {
    if (kind === undefined || event.kind !== 'script_fault') onEvent(event);
    else {
      const { fault: _, ...said } = event;
      onEvent({ ...said, kind });
    }
  };

/** The export of a kind that a reference means: the named one, else the default. */
export const takeExport = <T>(
  exports: Exports,
  wanted: string | undefined,
  kind: ExportKind<T>,
): { readonly value: T } | { readonly fault: string } => {
  const name = wanted ?? 'default';
  if (!Object.hasOwn(exports, name))
    return { fault: `expected ${kind.name} as the export "${name}"; ${listedExports(exports)}` };
  const taken = kind.take(exports[name]);
  return 'fault' in taken
    ? { fault: `expected ${kind.name}, but the export "${name}" ${taken.fault}` }
    : taken;
};
