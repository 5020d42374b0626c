import { builtIns } from '../../../candidacy/index.ts';
import type { Candidacy } from '../../core/candidacy.ts';
import type { OnError } from '../../core/chain.ts';
import type { Problem } from '../../core/errors.ts';
import { OWN_MESSAGES } from '../reading/issue-words.ts';
import { problemsOf } from '../reading/issues.ts';
import { isMapping } from '../reading/mapping.ts';
import { anError } from '../reading/problem.ts';
import type { Whereabouts } from '../reading/source-text.ts';
import type { Locate, Path } from '../reading/sourced.ts';
import { didYouMean } from '../reading/suggest.ts';
import { inputSchema } from '../schema/json-schema.ts';
import type { ChainEntry } from '../schema/schema-pools.ts';

/** Options as they were written, and where. */
export interface Given {
  /** Undefined if there are none. */
  readonly given: unknown;
  readonly path: Path;
}

/** An entry of a chain, understood as far as that goes without loading a script. */
export type LinkEntry =
  | (Given & { readonly kind: 'builtIn'; readonly candidacy: Candidacy })
  | (Given & {
      readonly kind: 'script';
      /** `./file.ts` or `./file.ts#name`. */
      readonly reference: string;
      readonly onError: OnError | undefined;
    });

/** What was asked for, or what stands in its way. */
export type Attempt<T> = { readonly value: T } | { readonly problems: readonly Problem[] };

const ON_ERROR: readonly OnError[] = ['pass', 'empty', 'fail'];

const isPath = (name: string): boolean => /^\.{0,2}\//.test(name);

const looksLikeFile = (name: string): boolean => /\.[cm]?[jt]s(#|$)/.test(name);

const failed = (...problem: Parameters<typeof anError>): { readonly problems: readonly Problem[] } => ({
  problems: [anError(...problem)],
});

const unknownFunction = (name: string, where: Whereabouts): Attempt<never> => {
  const names = [...builtIns.keys()].toSorted();
  return failed(`unknown candidacy function \`${name}\``, where, {
    suggestion: looksLikeFile(name) ? `did you mean \`./${name}\`?` : didYouMean(name, names),
    note: `known: ${names.join(' ')}, and scripts by their path: ./mine.ts`,
  });
};

const notOneKey = (keys: readonly string[], where: Whereabouts): Attempt<never> => {
  const [first, second] = keys;
  if (first === undefined) return failed('expected a candidacy function, got an empty mapping', where);
  return failed(`a link is one function, got ${keys.map((key) => `\`${key}\``).join(' and ')}`, where, {
    suggestion: `if \`${second}\` is an option of \`${first}\`, indent it further`,
  });
};

const scriptEntry = (reference: string, { given, path }: Given, locate: Locate): Attempt<LinkEntry> => {
  const entry = { kind: 'script', reference, given, path, onError: undefined } as const;
  if (!isMapping(given)) return { value: entry };
  const { onError, ...options } = given;
  const known = ON_ERROR.find((choice) => choice === onError);
  if (onError !== undefined && known === undefined) {
    const where = locate([...path, 'onError']);
    return failed(`expected \`pass\`, \`empty\` or \`fail\`, got ${JSON.stringify(onError)}`, where, {
      suggestion: didYouMean(String(onError), ON_ERROR),
    });
  }
  const isBare = Object.keys(options).length === 0;
  return { value: { ...entry, given: isBare ? undefined : options, onError: known } };
};

/** Understands one entry of a chain: the name of a built-in function or the path of a script, perhaps with options. */
export const readEntry = (entry: ChainEntry, path: Path, locate: Locate): Attempt<LinkEntry> => {
  const [name, ...more] = typeof entry === 'string' ? [entry] : Object.keys(entry);
  if (name === undefined) return notOneKey([], locate(path));
  if (more.length > 0) return notOneKey([name, ...more], locate(path));
  const own: Given =
    typeof entry === 'string'
      ? { given: undefined, path }
      : { given: entry[name] ?? undefined, path: [...path, name] };
  if (isPath(name)) return scriptEntry(name, own, locate);
  if (name === 'byFunction' && typeof own.given !== 'function') {
    if (typeof own.given === 'string' && isPath(own.given))
      return scriptEntry(own.given, { ...own, given: undefined }, locate);
    return failed('`byFunction` takes the path of a script, such as ./mine.ts#name', locate(own.path));
  }
  const candidacy = builtIns.get(name);
  return candidacy
    ? { value: { kind: 'builtIn', candidacy, ...own } }
    : unknownFunction(name, locate(own.path, 'key'));
};

/**
 * Reads what was given as options with the function's own schema. A value that is no mapping stands for the option
 * that the function names for that. A function without options gets undefined.
 */
export const readOptions = (
  candidacy: Candidacy,
  { given, path }: Given,
  locate: Locate,
): Attempt<unknown> => {
  const { name, options, shorthand } = candidacy;
  if (options === undefined) {
    if (given === undefined) return { value: undefined };
    return failed(`\`${name}\` takes no options`, locate(path));
  }
  const value =
    isMapping(given) || given === undefined || shorthand === undefined
      ? (given ?? {})
      : { [shorthand]: given };
  const result = options.safeParse(value, OWN_MESSAGES);
  if (result.success) return { value: result.data };
  const context = { value, schema: inputSchema(options), base: path, locate };
  return { problems: problemsOf(result.error.issues, context) };
};
