import type { Problem } from '../../core/errors.ts';
import { isPlainObject, type Mapping } from './mapping.ts';
import type { Reading } from './read-yaml.ts';
import { type Entry, keyFault, MAX_DEPTH, MAX_VALUES, type Path, pathText, type Sourced } from './sourced.ts';

/** Takes a configuration that a program handed in as an object. Keys whose value is undefined are left out. */
export const readValue = (given: unknown): Reading => {
  const problems: Problem[] = [];
  let values = 0;
  const refuse = (message: string, path: Path): void => {
    problems.push({ severity: 'error', message, path: pathText(path) });
  };
  const readEntries = (object: Mapping, path: Path): Map<string, Entry> => {
    const entries = new Map<string, Entry>();
    for (const [key, value] of Object.entries(object)) {
      const fault = keyFault(key);
      if (fault !== undefined) refuse(fault, [...path, key]);
      else if (value !== undefined) entries.set(key, { key: undefined, value: read(value, [...path, key]) });
    }
    return entries;
  };
  const read = (value: unknown, path: Path): Sourced => {
    values += 1;
    if (values === MAX_VALUES + 1) refuse(`more than ${MAX_VALUES} values`, path);
    const isList = Array.isArray(value);
    if ((isList || isPlainObject(value)) && path.length >= MAX_DEPTH)
      refuse(`nested deeper than ${MAX_DEPTH} levels`, path);
    else if (values <= MAX_VALUES) {
      if (isList)
        return { kind: 'list', items: value.map((item, i) => read(item, [...path, i])), span: undefined };
      if (isPlainObject(value)) return { kind: 'map', entries: readEntries(value, path), span: undefined };
    }
    return { kind: 'scalar', value, plain: false, span: undefined };
  };
  return { root: read(given, []), problems };
};
