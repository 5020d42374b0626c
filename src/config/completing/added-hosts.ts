import { join } from 'node:path';
import type { Problem } from '../../core/errors.ts';
import { isMapping } from '../reading/mapping.ts';
import { anError } from '../reading/problem.ts';
import { readYaml } from '../reading/read-yaml.ts';
import { SourceText } from '../reading/source-text.ts';
import {
  type Entry,
  locatorOf,
  type Path,
  plainValue,
  type Sourced,
  type SourcedMap,
} from '../reading/sourced.ts';
import { isScriptPath } from '../schema/schema-rule-parts.ts';
import { hideSecrets } from './secrets.ts';

/** A host that was added, replaced or hidden while the proxy runs, over what its files say. */
export interface AddedHost {
  /** Lower case. */
  readonly name: string;
  /** What it is, as JSON; undefined: the host of the files with this name is hidden. */
  readonly text: string | undefined;
}

interface Merged {
  readonly root: Sourced;
  readonly problems: readonly Problem[];
}

/** Keys whose value names a file or a folder, or whose values do. */
const FILE_KEYS: ReadonlySet<string> = new Set([
  'bodyFile',
  'hashFile',
  'directory',
  'files',
  'handler',
  'errorPages',
  'allow',
  'deny',
  'rewrite',
  'chain',
]);

const namesIn = (value: unknown, path: Path): readonly (readonly [name: string, path: Path])[] => {
  if (typeof value === 'string') return [[value, path]];
  if (Array.isArray(value)) return value.flatMap((item, i) => namesIn(item, [...path, i]));
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([key, item]): readonly (readonly [string, Path])[] =>
    isScriptPath(key) ? [[key, [...path, key]]] : namesIn(item, [...path, key]),
  );
};

/** Names of files and folders in what a host says, and where they stand in it. */
export const filesIn = (
  value: unknown,
  path: Path = [],
): readonly (readonly [name: string, path: Path])[] => {
  if (Array.isArray(value)) return value.flatMap((item, i) => filesIn(item, [...path, i]));
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    FILE_KEYS.has(key) ? namesIn(item, [...path, key]) : filesIn(item, [...path, key]),
  );
};

/**
 * Whoever may use the API may not read every file of the machine with it. Names such as `..data` are where Kubernetes
 * has the files that the others are links to.
 */
const leavesFolder = (name: string): boolean => /^\/|^[a-z]:|^\\|(?:^|[/\\])\.\./i.test(name);

/** What a pattern is rewritten to is a path too, but names no file. */
const isPattern = (path: Path): boolean => path.at(-1) === 'to' || path.at(-1) === 'from';

const filesStayInside = (root: Sourced): readonly Problem[] => {
  const locate = locatorOf(root);
  return filesIn(plainValue(root)).flatMap(([name, path]) =>
    leavesFolder(name) && !isPattern(path)
      ? [
          anError(
            'a host that is added may name files below the folder of the configuration only',
            locate(path),
          ),
        ]
      : [],
  );
};

const read = (
  { name, text = '' }: AddedHost,
  directory: string,
): { readonly root?: SourcedMap; readonly problems: readonly Problem[] } => {
  const source = new SourceText(join(directory, `host ${name} (api)`), text);
  hideSecrets(source);
  const { root, problems } = readYaml(source);
  if (!root) return { problems };
  if (root.kind === 'map') return { root, problems: [...problems, ...filesStayInside(root)] };
  return { problems: [...problems, anError('expected a mapping', locatorOf(root)([]))] };
};

const nameOf = (item: Sourced): string => {
  const name = item.kind === 'map' ? item.entries.get('name')?.value : undefined;
  return name?.kind === 'scalar' ? String(name.value).toLowerCase() : '';
};

const named = (name: string, { entries, span }: SourcedMap): SourcedMap => {
  const { name: _, ...rest } = Object.fromEntries(entries);
  const key: Entry = { key: undefined, value: { kind: 'scalar', value: name, plain: false, span } };
  return { kind: 'map', entries: new Map([['name', key], ...Object.entries(rest)]), span };
};

const unnamed = ({ entries, span }: SourcedMap): SourcedMap => ({
  kind: 'map',
  entries: new Map([...entries].filter(([key]) => key !== 'name')),
  span,
});

type Fresh = readonly (readonly [name: string, host: SourcedMap])[];

/** The hosts of the files without those that were changed, and with what came in their place. */
const joined = (hosts: Sourced | undefined, gone: ReadonlySet<string>, fresh: Fresh): Sourced => {
  if (hosts?.kind === 'map') {
    const kept = [...hosts.entries].filter(([name]) => !gone.has(name.toLowerCase()));
    const added = fresh.map(([name, host]) => [name, { key: undefined, value: unnamed(host) }] as const);
    return { ...hosts, entries: new Map([...kept, ...added]) };
  }
  const kept = hosts?.kind === 'list' ? hosts.items.filter((item) => !gone.has(nameOf(item))) : [];
  return {
    kind: 'list',
    items: [...kept, ...fresh.map(([name, host]) => named(name, host))],
    span: hosts?.span,
  };
};

/**
 * Lays hosts that were added at run time over those of the files, before anything is checked, so that the same checks
 * hold. Their problems lie in `host NAME (api)`. Variables of the environment are not put in.
 */
export const withAddedHosts = (root: Sourced, added: readonly AddedHost[], directory: string): Merged => {
  if (root.kind !== 'map' || added.length === 0) return { root, problems: [] };
  const problems: Problem[] = [];
  const fresh = added.flatMap((host): Fresh => {
    if (host.text === undefined) return [];
    const reading = read(host, directory);
    problems.push(...reading.problems);
    return reading.root ? [[host.name, reading.root]] : [];
  });
  const before = root.entries.get('hosts');
  if (before && before.value.kind === 'scalar') return { root, problems };
  const hosts = joined(before?.value, new Set(added.map(({ name }) => name)), fresh);
  const entries = new Map(root.entries);
  entries.set('hosts', { key: before?.key, value: hosts });
  return { root: { ...root, entries }, problems };
};
