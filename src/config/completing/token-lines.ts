import type { FileTexts } from '../reading/named-files.ts';
import type { Path } from '../reading/sourced.ts';

/**
 * The tokens of the entry at a path, each once: the one that is written, else the lines of its file, the newest first.
 * An empty one is none.
 */
export const tokenLines = (written: string | undefined, path: Path, texts: FileTexts): readonly string[] => {
  const text = written || (texts.at([...path, 'tokenFile']) ?? '');
  return [...new Set(text.split('\n').filter((line) => line !== ''))];
};
