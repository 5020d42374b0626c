import { readYaml } from './read-yaml.ts';
import { SourceText } from './source-text.ts';
import { plainValue } from './sourced.ts';

/**
 * YAML or JSON as plain data, for lists that are not configurations, within the limits of a configuration. Throws an
 * Error that says on which line it is none: half a file must not pass for a whole one.
 */
export const parseData = (text: string): unknown => {
  const { root, problems } = readYaml(new SourceText('', text));
  const [first] = problems;
  if (first) throw new Error(first.place ? `line ${first.place.line}: ${first.message}` : first.message);
  return root && plainValue(root);
};
