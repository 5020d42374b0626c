import type { HeaderEdits } from '../core/route-rules.ts';
import type { RequestView } from '../core/types.ts';
import type { PlannedEdits } from './planned-rules.ts';
import { compileTemplate } from './template.ts';

type Line = (request: RequestView) => string;

const lineOf = (name: string, value: string): Line => {
  const made = compileTemplate(value);
  return (request) => `${name}: ${made(request)}\r\n`;
};

const linesOf = ({ set, add }: PlannedEdits): readonly Line[] => [
  ...Object.entries(set).map(([name, value]) => lineOf(name, value)),
  ...Object.entries(add).flatMap(([name, values]) => values.map((value) => lineOf(name, value))),
];

const namesOf = ({ set, remove }: PlannedEdits): readonly string[] => [...Object.keys(set), ...remove];

/** What later edits remove or set anew of a field that earlier ones have added is gone. */
const withoutUndone = (all: readonly PlannedEdits[]): readonly PlannedEdits[] =>
  all.map((edits, i) => {
    const undone = new Set(
      all
        .slice(i + 1)
        .flatMap(namesOf)
        .map((name) => name.toLowerCase()),
    );
    const kept = <Value>(fields: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> =>
      Object.fromEntries(Object.entries(fields).filter(([name]) => !undone.has(name.toLowerCase())));
    return { set: kept(edits.set), add: kept(edits.add), remove: edits.remove };
  });

/** Edits one after the other, those of a host before those of its location; undefined if there are none. */
export const compileEdits = (all: readonly PlannedEdits[]): HeaderEdits | undefined => {
  const removes = new Set(all.flatMap(namesOf).map((name) => name.toLowerCase()));
  const lines = withoutUndone(all).flatMap(linesOf);
  if (removes.size === 0 && lines.length === 0) return undefined;
  return { removes, lines: (request) => lines.map((line) => line(request)).join('') };
};
