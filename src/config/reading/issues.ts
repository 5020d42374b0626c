import type { Problem } from '../../core/errors.ts';
import type { JsonSchema } from '../schema/json-schema.ts';
import { flattened, type Issue, type IssueOf, kindsOf, messageFor, valueAt } from './issue-words.ts';
import { anError } from './problem.ts';
import { type Locate, type Path, pathText } from './sourced.ts';
import { didYouMean, nearest } from './suggest.ts';

/** What the issues are about. */
export interface IssueContext {
  /** The value that was read. */
  readonly value: unknown;
  /** JSON Schema of what it should have been, for the names of keys. */
  readonly schema: JsonSchema;
  /** Where in the configuration the value stands. */
  readonly base: Path;
  readonly locate: Locate;
}

/** Whether a value is of the kind that a way to write it is for: it has each constant of it. */
const isOfKind = ({ properties = {} }: JsonSchema, value: unknown): boolean =>
  Object.entries(properties).every(
    ([key, one]) => typeof one !== 'object' || one.const === undefined || valueAt(value, [key]) === one.const,
  );

const branchesOf = (schema: JsonSchema, value: unknown): readonly JsonSchema[] => [
  schema,
  ...(schema.anyOf ?? []),
  ...(schema.oneOf ?? []).filter((branch) => isOfKind(branch, value)),
];

const stepInto = (schema: JsonSchema, step: string | number, value: unknown): readonly JsonSchema[] =>
  branchesOf(schema, value)
    .map((branch) =>
      typeof step === 'number' ? branch.items : (branch.properties?.[step] ?? branch.additionalProperties),
    )
    .filter((next): next is JsonSchema => typeof next === 'object' && !Array.isArray(next));

/** The names of the keys that a mapping at the path may have. */
const keysAt = (schema: JsonSchema, path: Path, root: unknown): readonly string[] => {
  let [schemas, value]: [readonly JsonSchema[], unknown] = [[schema], root];
  for (const step of path) {
    schemas = schemas.flatMap((one) => stepInto(one, step, value));
    value = valueAt(value, [step]);
  }
  return schemas.flatMap((one) => branchesOf(one, value)).flatMap((one) => Object.keys(one.properties ?? {}));
};

const pathOf = ({ path }: Issue): Path =>
  path.map((step) => (typeof step === 'symbol' ? String(step) : step));

/** A misspelt key shows twice: as one that nobody knows, and as one that is missing. */
class Misspellings {
  readonly #missing = new Map<string, string[]>();
  readonly #folded = new Set<string>();

  constructor(issues: readonly Issue[], value: unknown) {
    for (const issue of issues) {
      const path = pathOf(issue);
      if (path.length === 0 || valueAt(value, path) !== undefined) continue;
      const parent = pathText(path.slice(0, -1));
      this.#missing.set(parent, [...(this.#missing.get(parent) ?? []), String(path.at(-1))]);
    }
  }

  /** The key that was meant: the one that is spelt most like it, else the only one missing. */
  meant(key: string, { keys, path }: { keys: readonly string[]; path: Path }, known: readonly string[]) {
    const missing = this.#missing.get(pathText(path)) ?? [];
    const only = keys.length === 1 && missing.length === 1 ? missing[0] : undefined;
    const meant = nearest(key, known) ?? only;
    if (meant !== undefined) this.#folded.add(pathText([...path, meant]));
    return meant;
  }

  /** True for a missing key that was told where it was misspelt. */
  isTold(issue: Issue): boolean {
    return this.#folded.has(pathText(pathOf(issue)));
  }
}

const unknownKeys = (
  issue: IssueOf<'unrecognized_keys'>,
  { value, schema, base, locate }: IssueContext,
  misspellings: Misspellings,
): readonly Problem[] => {
  const path = pathOf(issue);
  const known = keysAt(schema, path, value);
  return issue.keys.map((key) => {
    const meant = misspellings.meant(key, { keys: issue.keys, path }, known);
    return anError(`unknown key \`${key}\``, locate([...base, ...path, key], 'key'), {
      suggestion: meant && `did you mean \`${meant}\`?`,
      note: known.length > 0 ? `known: ${known.join(' ')}` : undefined,
    });
  });
};

/** The words that an issue would have taken. */
const wordsOf = (issue: Issue): readonly string[] => {
  if (issue.code === 'invalid_union')
    return [...kindsOf(issue).map(String), ...issue.errors.flat().flatMap(wordsOf)];
  return issue.code === 'invalid_value' ? issue.values.map(String) : [];
};

const suggestionFor = (issue: Issue, value: unknown): string | undefined => {
  if (issue.message !== '') return undefined;
  if (typeof value === 'string') return didYouMean(value, wordsOf(issue));
  const isBare = typeof value === 'number' || typeof value === 'boolean';
  const wantsText = issue.code === 'invalid_type' && issue.expected === 'string';
  return isBare && wantsText ? 'put it in quotes to make it text' : undefined;
};

/** Says in our words what zod found wrong, each problem once and at its place. */
export const problemsOf = (issues: readonly Issue[], context: IssueContext): readonly Problem[] => {
  const { value, base, locate } = context;
  const all = flattened(issues);
  const misspellings = new Misspellings(all, value);
  const unknown = all.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? unknownKeys(issue, context, misspellings) : [],
  );
  const others = all
    .filter((issue) => issue.code !== 'unrecognized_keys' && !misspellings.isTold(issue))
    .map((issue) => {
      const path = pathOf(issue);
      const given = valueAt(value, path);
      const where = locate([...base, ...path], issue.code === 'invalid_key' ? 'key' : 'value');
      return anError(messageFor(issue, given), where, { suggestion: suggestionFor(issue, given) });
    });
  return [...unknown, ...others];
};
