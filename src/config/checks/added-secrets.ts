import { resolve, sep } from 'node:path';
import type { Problem } from '../../core/errors.ts';
import { type AddedHost, filesIn } from '../completing/added-hosts.ts';
import type { NamedFile, NamingParts } from '../reading/named-files.ts';
import { anError } from '../reading/problem.ts';
import type { Parts } from './parts.ts';
import { hostPath } from './placed-rules.ts';

/** Keys whose files are there to be shown. */
const isShown = ({ path }: NamedFile): boolean => path.at(-1) === 'bodyFile' || path.at(-2) === 'errorPages';

/** Of a password, which is read and never told. */
const isHash = (path: readonly unknown[]): boolean => path.at(-1) === 'hashFile';

/** What a host that is added may not show: all that the configuration was read from, but for what is there to be shown. */
const secretPaths = (
  files: readonly NamedFile[],
  sources: readonly string[],
  pathOf: (file: NamedFile) => string,
): readonly string[] => [...sources, ...files.filter((file) => !isShown(file)).map(pathOf)];

/** What is about the files of added hosts. */
export interface AddedFiles {
  readonly added: readonly AddedHost[];
  /** Files that the configuration names. */
  readonly named: readonly NamedFile[];
  /** Absolute path of one of these. */
  readonly pathOf: (file: NamedFile) => string;
  /** Absolute paths of the files that the configuration itself stands in. */
  readonly sources: readonly string[];
}

/**
 * Whoever may add hosts may not have them tell keys, tokens and the configuration, which lie below the folder of the
 * configuration too: neither as an answer, nor in a folder, nor as a script that cannot be understood.
 */
export const secretsInAdded = (
  { hosts = [] }: Pick<Parts, 'hosts'>,
  { added, named, pathOf, sources }: AddedFiles,
  { locate, directory }: NamingParts,
): readonly Problem[] => {
  if (added.length === 0) return [];
  const secrets = secretPaths(named, sources, pathOf);
  const shows = (name: string): boolean => {
    const path = resolve(directory, name.replace(/#.*$/s, ''));
    return secrets.some((secret) => secret === path || secret.startsWith(path + sep));
  };
  return added.flatMap(({ name, text }) => {
    const host = hosts.find((one) => one.name === name);
    if (!host || text === undefined) return [];
    return filesIn(JSON.parse(text)).flatMap(([file, path]) =>
      !isHash(path) && shows(file)
        ? [
            anError(
              'a host that is added may not show the configuration, or what it reads for itself, such as keys and tokens',
              locate([...hostPath(host), ...path]),
            ),
          ]
        : [],
    );
  });
};
