import { type Damage, type TracePart, TraceReader } from './read-trace.ts';

interface Begin {
  readonly file: string;
  readonly run: string;
  readonly decisions: number;
}

/** Where in which run a file begins. A file whose first part cannot be read comes last. */
const beginOf = async (file: string): Promise<Begin> => {
  for await (const part of new TraceReader().parts(file)) {
    if (part.kind !== 'checkpoint') break;
    const { run, decisions } = part.checkpoint;
    return { file, run, decisions };
  }
  return { file, run: '\uffff', decisions: 0 };
};

/** Files of one process follow one another as they were written, whatever their order here. */
const inOrder = async (files: readonly string[]): Promise<readonly string[]> => {
  const begins: Begin[] = [];
  // One after the other: there may be more files than a process may have open.
  for (const file of files) begins.push(await beginOf(file));
  return begins
    .toSorted((a, b) => (a.run === b.run ? a.decisions - b.decisions : a.run < b.run ? -1 : 1))
    .map(({ file }) => file);
};

/**
 * Gives all parts of trace files, in the order in which they were written. Damage ends a file, and so does a part for which
 * `take` throws a RangeError: these are told, and what stands before them has been given. Rejects if a file cannot be
 * read or is no trace, and with what else `take` throws.
 */
export const takeFiles = async (
  files: readonly string[],
  take: (part: TracePart) => Promise<void> | void,
): Promise<readonly Damage[]> => {
  const reader = new TraceReader();
  for (const file of await inOrder(files))
    for await (const part of reader.parts(file)) {
      try {
        await take(part);
      } catch (thrown) {
        if (!(thrown instanceof RangeError)) throw thrown;
        reader.note(file, thrown);
        break;
      }
    }
  return reader.damage;
};
