import { type Damage, TraceReader } from './read-trace.ts';
import { Replay, type ReplayParts, type ReplayResult } from './replay.ts';

/** What a replay came to, and where files stopped making sense. */
export type FilesResult = ReplayResult & { readonly damaged: readonly Damage[] };

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
export const inOrder = async (files: readonly string[]): Promise<readonly string[]> => {
  const begins = await Promise.all(files.map(beginOf));
  return begins
    .toSorted((a, b) => (a.run === b.run ? a.decisions - b.decisions : a.run < b.run ? -1 : 1))
    .map(({ file }) => file);
};

/**
 * Decides again what trace files hold. Damage ends a file; what stands before it counts. Rejects if a file cannot be
 * read, is no trace, or names what is not there.
 */
export const replayFiles = async (files: readonly string[], parts: ReplayParts): Promise<FilesResult> => {
  const reader = new TraceReader();
  const replay = new Replay(parts);
  for (const file of await inOrder(files))
    for await (const part of reader.parts(file)) {
      try {
        await replay.take(part);
      } catch (thrown) {
        if (!(thrown instanceof RangeError)) throw thrown;
        reader.note(file, thrown);
        break;
      }
    }
  return { ...replay.result(), damaged: reader.damage };
};
