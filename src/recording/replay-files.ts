import type { Damage } from './read-trace.ts';
import { Replay, type ReplayParts, type ReplayResult } from './replay.ts';
import { takeFiles } from './take-files.ts';

/** What a replay came to, and where files stopped making sense. */
export type FilesResult = ReplayResult & { readonly damaged: readonly Damage[] };

/**
 * Decides again what trace files hold. Damage ends a file; what stands before it counts. Rejects if a file cannot be
 * read, is no trace, or names what is not there.
 */
export const replayFiles = async (files: readonly string[], parts: ReplayParts): Promise<FilesResult> => {
  const replay = new Replay(parts);
  const damaged = await takeFiles(files, (part) => replay.take(part));
  return { ...replay.result(), damaged };
};
