import { types } from 'node:util';
import { isCandidacy } from '../core/candidacy.ts';
import { type Exports, listedExports } from './evaluate.ts';

/** An export that a link can run, or in words why there is none, and the export that the words are about. */
export type Picked =
  | { readonly name: string; readonly value: unknown }
  | { readonly fault: string; readonly name: string | undefined; readonly note?: string };

const describe = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : `a value of type ${typeof value}`;
};

/** Why something cannot be a candidacy function, in words; undefined if it can. */
export const functionFault = (value: unknown): string | undefined => {
  if (typeof value !== 'function') return `is ${describe(value)}, not a function`;
  if (types.isAsyncFunction(value))
    return 'is async; a candidacy function answers at once, so do the waiting elsewhere and read its result here';
  if (types.isGeneratorFunction(value)) return 'is a generator; a candidacy function returns its list';
  if (/^class\b/.test(Function.prototype.toString.call(value))) return 'is a class, not a function';
  return undefined;
};

const KINDS: readonly unknown[] = ['filter', 'order', 'cut', undefined];
const SCOPES: readonly unknown[] = ['board', 'request', undefined];

/** Why an object with a name and a `create` cannot be used all the same; undefined if it can. */
const candidacyFault = (value: Readonly<Record<string, unknown>>): string | undefined => {
  const { kind, scope, options, create } = value;
  if (!KINDS.includes(kind)) return `has the kind ${JSON.stringify(kind)}; known are filter, order and cut`;
  if (!SCOPES.includes(scope)) return `has the scope ${JSON.stringify(scope)}; known are board and request`;
  if (options !== undefined && !(typeof options === 'object' && options !== null && 'safeParse' in options))
    return 'has options that are not a zod schema';
  return types.isAsyncFunction(create)
    ? 'has an async create; it must return the function at once'
    : undefined;
};

const faultOf = (value: unknown): string | undefined =>
  isCandidacy(value) ? candidacyFault({ ...value }) : functionFault(value);

const only = (exports: Exports): Picked => {
  const names = Object.keys(exports).filter(
    (name) => typeof exports[name] === 'function' || isCandidacy(exports[name]),
  );
  const [name] = names;
  if (name !== undefined && names.length === 1) return { name, value: exports[name] };
  const fault =
    names.length === 0
      ? 'the script exports no candidacy function'
      : 'the script has no default export and more than one function; say which with #name';
  return { fault, name: undefined, note: listedExports(exports) };
};

/**
 * The export that a reference means: the named one, else the default, else the only one that is a function.
 * A function, or what defineCandidacy made.
 */
export const pickExport = (exports: Exports, wanted: string | undefined): Picked => {
  const name = wanted ?? 'default';
  if (wanted === undefined && !Object.hasOwn(exports, name)) return only(exports);
  if (!Object.hasOwn(exports, name))
    return { fault: `the script has no export "${name}"`, name: undefined, note: listedExports(exports) };
  const value = exports[name];
  const fault = faultOf(value);
  return fault === undefined ? { name, value } : { fault: `the export "${name}" ${fault}`, name };
};
