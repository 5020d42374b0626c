import type { Problem } from '../../core/errors.ts';
import type { Whereabouts } from './source-text.ts';
import { didYouMean } from './suggest.ts';

/** What may be said besides the message. Undefined says nothing. */
interface Help {
  readonly suggestion?: string | undefined;
  readonly note?: string | undefined;
}

const problem = (
  severity: Problem['severity'],
  message: string,
  where: Whereabouts,
  help: Help,
): Problem => ({
  severity,
  message,
  ...where,
  ...(help.suggestion === undefined ? {} : { suggestion: help.suggestion }),
  ...(help.note === undefined ? {} : { note: help.note }),
});

/** Something that keeps the configuration from being used. */
export const anError = (message: string, where: Whereabouts, help: Help = {}): Problem =>
  problem('error', message, where, help);

/** Something that works, but hardly as its author thinks. */
export const aWarning = (message: string, where: Whereabouts, help: Help = {}): Problem =>
  problem('warning', message, where, help);

/** Help with a word that is not among the known ones. */
export const knownHelp = (word: string, known: Iterable<string>): Help => {
  const words = [...new Set(known)];
  return {
    suggestion: didYouMean(word, words),
    note: words.length > 0 ? `known: ${words.join(' ')}` : undefined,
  };
};

/** Problems in the order in which a reader meets them: those without a place first, then file by file. */
export const inOrder = (problems: readonly Problem[]): readonly Problem[] => {
  const files = new Map<string, number>();
  for (const { place } of problems) if (place && !files.has(place.file)) files.set(place.file, files.size);
  const rank = ({ place }: Problem): readonly [number, number, number] =>
    place ? [files.get(place.file) ?? 0, place.line, place.column] : [-1, 0, 0];
  return problems.toSorted((a, b) => {
    const [fileA, lineA, columnA] = rank(a);
    const [fileB, lineB, columnB] = rank(b);
    return fileA - fileB || lineA - lineB || columnA - columnB;
  });
};
