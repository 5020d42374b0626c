import type { z } from '../../core/options.ts';
import { type Answer, errorAnswer } from './admin-answer.ts';

/** What was read of a body, or the answer to one that cannot be taken. */
export type Read<T> = { readonly value: T } | { readonly fault: Answer };

/** As deep as a configuration may be nested. What looks at values one inside the other would run out of stack. */
const MOST_LEVELS = 32;

const inside = (value: unknown): readonly unknown[] =>
  typeof value === 'object' && value !== null ? Object.values(value) : [];

const isTooDeep = (value: unknown): boolean => {
  let level: readonly unknown[] = [value];
  for (let depth = 0; depth <= MOST_LEVELS; depth++) {
    level = level.flatMap(inside);
    if (level.length === 0) return false;
  }
  return true;
};

const badJson = (message: string): Read<never> => ({ fault: errorAnswer(400, 'bad_json', message) });

/** Reads a body as JSON of any shape. */
export const readJson = (body: string): Read<unknown> => {
  try {
    const value: unknown = JSON.parse(body);
    if (isTooDeep(value)) return badJson(`the body is nested deeper than ${MOST_LEVELS} levels`);
    return { value };
  } catch {
    return badJson('the body is not JSON');
  }
};

/** Reads a body as JSON of one shape. `code`: of the error where it has another; its message names the first fault. */
export const readQuestion = <Schema extends z.ZodType>(
  body: string,
  schema: Schema,
  code: string,
): Read<z.output<Schema>> => {
  const json = readJson(body);
  if ('fault' in json) return json;
  const read = schema.safeParse(json.value);
  if (read.success) return { value: read.data };
  const [issue] = read.error.issues;
  const path = issue?.path.join('.') ?? '';
  return { fault: errorAnswer(400, code, path ? `${path}: ${issue?.message}` : `${issue?.message}`) };
};
