import type { z } from '../../core/options.ts';
import type { Path } from './sourced.ts';

export type Issue = z.core.$ZodIssue;
export type IssueOf<Code extends Issue['code']> = Extract<Issue, { code: Code }>;

/** Hand this to zod's safeParse: messages that no schema wrote stay empty, and messageFor writes them. */
export const OWN_MESSAGES = { error: () => '' } as const;

const NAMES: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

const found = (value: unknown): string => {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
};

/** The part of a value at a path; undefined where there is none. */
export const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (parent, step) =>
      typeof parent === 'object' && parent !== null && Object.hasOwn(parent, step)
        ? Reflect.get(parent, step)
        : undefined,
    value,
  );

const UNITS: Readonly<Record<string, readonly [one: string, more: string]>> = {
  string: ['character', 'characters'],
  array: ['entry', 'entries'],
};

const bound = (issue: IssueOf<'too_small' | 'too_big'>): string => {
  const count = issue.code === 'too_big' ? issue.maximum : issue.minimum;
  const [one, more] = UNITS[issue.origin] ?? [];
  const unit = count === 1 ? one : more;
  const least = issue.inclusive === false ? 'more than' : 'at least';
  return `${issue.code === 'too_big' ? 'at most' : least} ${count}${unit ? ` ${unit}` : ''}`;
};

/** `a`, `a or b`, `a, b or c`. */
const oneOf = (ways: readonly string[]): string =>
  ways.length < 2 ? ways.join('') : `${ways.slice(0, -1).join(', ')} or ${ways.at(-1)}`;

const quoted = (value: unknown): string => `\`${String(value)}\``;

/** What the key may say that tells the ways of a value apart; none where something else tells them apart. */
export const kindsOf = (issue: IssueOf<'invalid_union'>): readonly unknown[] =>
  'options' in issue ? (issue.options ?? []) : [];

/** What would have been right, in words: one or several ways. */
const expected = (issue: Issue): readonly string[] => {
  switch (issue.code) {
    case 'invalid_type':
      return [NAMES[issue.expected] ?? issue.expected];
    case 'invalid_value':
      return issue.values.map(quoted);
    case 'invalid_union':
      return kindsOf(issue).map(quoted);
    case 'too_small':
    case 'too_big':
      return [bound(issue)];
    case 'invalid_format':
      return [`text of the form ${issue.pattern ?? issue.format}`];
    case 'not_multiple_of':
      return [`a multiple of ${issue.divisor}`];
    default:
      return ['something else'];
  }
};

const isOfWrongType = ({ code, path }: Issue): boolean =>
  path.length === 0 && (code === 'invalid_type' || code === 'invalid_value');

/**
 * Of several ways to write a value, the one that the person seems to have meant; if none, undefined.
 * A way is meant when the kind of value fits and only something about it or in it is wrong.
 */
const meantBranch = ({ errors }: IssueOf<'invalid_union'>): readonly Issue[] | undefined =>
  errors.find((issues) => !issues.some(isOfWrongType));

const prefixed = (issues: readonly Issue[], prefix: readonly PropertyKey[]): readonly Issue[] =>
  issues.map((issue) => ({ ...issue, path: [...prefix, ...issue.path] }));

/** Unions replaced by the issues of the branch that was meant. */
export const flattened = (issues: readonly Issue[]): readonly Issue[] =>
  issues.flatMap((issue) => {
    const branch = issue.code === 'invalid_union' ? meantBranch(issue) : undefined;
    return branch ? flattened(prefixed(branch, issue.path)) : [issue];
  });

/** True if it is how long the value is that is wrong. */
const isCounted = ({ code }: Issue, value: unknown): value is string | readonly unknown[] =>
  (code === 'too_small' || code === 'too_big') && (typeof value === 'string' || Array.isArray(value));

/** What is wrong with a value, in our words unless the schema has its own. */
export const messageFor = (issue: Issue, value: unknown): string => {
  if (issue.message !== '') return issue.message;
  if (value === undefined) {
    const kinds = issue.code === 'invalid_union' ? expected(issue) : [];
    return `\`${String(issue.path.at(-1))}\` is missing${kinds.length > 0 ? `: ${oneOf(kinds)}` : ''}`;
  }
  if (issue.code === 'invalid_key')
    return issue.issues.map(({ message }) => message).find(Boolean) ?? 'not a valid key';
  if (issue.code === 'custom') return `${found(value)} is not allowed here`;
  const ways =
    issue.code === 'invalid_union' && issue.errors.length > 0
      ? issue.errors.flat().filter(isOfWrongType).flatMap(expected)
      : expected(issue);
  return `expected ${oneOf([...new Set(ways)])}, got ${isCounted(issue, value) ? value.length : found(value)}`;
};
