import type { z } from '../../core/options.ts';
import { type Answer, errorAnswer } from './admin-answer.ts';

/** What was read of a body, or the answer to one that cannot be taken. */
export type Read<T> = { readonly value: T } | { readonly fault: Answer };

/** Reads a body as JSON of any shape. */
export const readJson = (body: string): Read<unknown> => {
  try {
    return { value: JSON.parse(body) };
  } catch {
    return { fault: errorAnswer(400, 'bad_json', 'the body is not JSON') };
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
