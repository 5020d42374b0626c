import { ConfigError } from '../core/errors.ts';
import type { z } from '../core/options.ts';
import { OWN_MESSAGES } from './reading/issue-words.ts';
import { problemsOf } from './reading/issues.ts';
import { anError, inOrder } from './reading/problem.ts';
import { readYaml } from './reading/read-yaml.ts';
import { SourceText } from './reading/source-text.ts';
import { type Locate, locatorOf, type Path, plainValue } from './reading/sourced.ts';
import { inputSchema } from './schema/json-schema.ts';

/** What was written in a file, understood. */
export interface Document<T> {
  readonly value: T;
  /** Where a part of it was written, as the facts of a problem. */
  readonly locate: Locate;
}

/**
 * Reads YAML or JSON that is no configuration with a schema of its own, within the limits of a configuration. Throws a
 * ConfigError with every problem at its place, unknown keys with what was meant.
 */
export const readDocument = <Schema extends z.ZodType>(
  { file, text }: { readonly file: string; readonly text: string },
  schema: Schema,
): Document<z.output<Schema>> => {
  const { root, problems } = readYaml(new SourceText(file, text));
  if (problems.length > 0) throw new ConfigError(inOrder(problems));
  if (!root) throw new ConfigError([anError(`${file} is empty`, {})]);
  const value = plainValue(root);
  const locate = locatorOf(root);
  const result = schema.safeParse(value, OWN_MESSAGES);
  if (result.success) return { value: result.data, locate };
  const context = { value, schema: inputSchema(schema), base: [], locate };
  throw new ConfigError(inOrder(problemsOf(result.error.issues, context)));
};

/** The error of one value of a document. */
export const documentError = (
  { locate }: Pick<Document<unknown>, 'locate'>,
  path: Path,
  message: string,
): ConfigError => new ConfigError([anError(message, locate(path))]);
