import { resolve } from 'node:path';
import { readConfig } from '../../src/config/read.ts';
import type { Config } from '../../src/config/schema/schema.ts';
import { ConfigError, type Problem } from '../../src/core/errors.ts';

const reading = (text: string, files: Readonly<Record<string, string>>) =>
  readConfig(
    { file: 'forehand.yaml', text },
    {
      env: {},
      readFile: async (path) => {
        const name = Object.keys(files).find((one) => resolve(one) === path);
        if (name === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
        return files[name] ?? '';
      },
    },
  );

/** The configuration in a text, with the files that it names. */
export const aConfig = async (text: string, files: Readonly<Record<string, string>> = {}): Promise<Config> =>
  (await reading(text, files)).config;

const words = (problems: readonly Problem[], severity: Problem['severity']): readonly string[] =>
  problems
    .filter((problem) => problem.severity === severity)
    .map(({ message, suggestion, note }) => [message, suggestion, note].join(' '));

/** What is said of a configuration. */
export const problemsOf = async (
  text: string,
  files: Readonly<Record<string, string>> = {},
): Promise<{ readonly errors: readonly string[]; readonly warnings: readonly string[] }> => {
  try {
    const { warnings } = await reading(text, files);
    return { errors: [], warnings: words(warnings, 'warning') };
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown;
    return { errors: words(thrown.problems, 'error'), warnings: words(thrown.problems, 'warning') };
  }
};
