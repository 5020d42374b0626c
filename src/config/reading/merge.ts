import type { Problem } from '../../core/errors.ts';
import { anError } from './problem.ts';
import { type Entry, locatorOf, type Sourced, type SourcedMap } from './sourced.ts';

/** What was read from several files, and what did not fit together. */
interface Merged {
  readonly root: SourcedMap;
  readonly problems: readonly Problem[];
}

/** Keys whose entries have names, and what one of them is called. */
const NAMED: Readonly<Record<string, string>> = { pools: 'pool', hosts: 'host' };

/** Both values as one where a key may be set in several files; undefined where it may not. */
const joined = (key: string, first: Sourced, second: Sourced): Sourced | undefined => {
  if ((key === 'routes' || key === 'hosts') && first.kind === 'list' && second.kind === 'list')
    return { ...first, items: [...first.items, ...second.items] };
  if (!(key in NAMED) || first.kind !== 'map' || second.kind !== 'map') return undefined;
  // Of two pools with one name the first stays; the second is told as a problem.
  return { ...first, entries: new Map([...first.entries, ...second.entries, ...first.entries]) };
};

/** Adds a file to what was read before: pools and hosts by name, routes behind the others, everything else once. */
export const merge = (root: SourcedMap, added: SourcedMap): Merged => {
  const problems: Problem[] = [];
  const locate = locatorOf(added);
  const before = locatorOf(root);
  const refuse = (what: string, path: readonly string[]): void => {
    const { place } = before(path, 'key');
    const where = place ? `, in ${place.file}:${place.line}` : '';
    problems.push(anError(`${what} already${where}`, locate(path, 'key')));
  };
  const add = (key: string, entry: Entry, earlier: Entry): Entry => {
    const value = joined(key, earlier.value, entry.value);
    if (!value) refuse(`\`${key}\` is set`, [key]);
    else if (earlier.value.kind === 'map' && entry.value.kind === 'map')
      for (const name of entry.value.entries.keys())
        if (earlier.value.entries.has(name)) refuse(`${NAMED[key]} \`${name}\` is there`, [key, name]);
    return value ? { ...earlier, value } : earlier;
  };
  const entries = new Map(root.entries);
  for (const [key, entry] of added.entries) {
    const earlier = entries.get(key);
    if (key === 'include')
      problems.push(anError('only the main file can include others', locate([key], 'key')));
    else entries.set(key, earlier ? add(key, entry, earlier) : entry);
  }
  return { root: { ...root, entries }, problems };
};
