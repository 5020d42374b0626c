import type { Problem } from '../../core/errors.ts';
import { tokenLines } from '../completing/token-lines.ts';
import type { FileTexts } from '../reading/named-files.ts';
import { anError } from '../reading/problem.ts';
import { type Locate, type Path, pathText } from '../reading/sourced.ts';
import type { Parts } from './parts.ts';

interface Entry {
  readonly path: Path;
  /** Empty for a file that was not read. */
  readonly secrets: readonly string[];
}

const entryAt = (path: Path, token: string | undefined, texts: FileTexts): Entry => ({
  path: [...path, token ? 'token' : 'tokenFile'],
  secrets: tokenLines(token, path, texts),
});

/** A token stands for one name: else nobody could say what it allows. Never shows one. */
export const sharedTokens = ({ agents }: Parts, texts: FileTexts, locate: Locate): readonly Problem[] => {
  if (!agents) return [];
  const entries = [
    entryAt(['agents'], agents.token, texts),
    ...(agents.tokens ?? []).map(({ token }, i) => entryAt(['agents', 'tokens', i], token, texts)),
  ];
  const first = new Map<string, Path>();
  return entries.flatMap(({ path, secrets }) => {
    const other = secrets.map((secret) => first.get(secret)).find((known) => known !== undefined);
    for (const secret of secrets) if (!first.has(secret)) first.set(secret, path);
    return other ? [anError(`this token is that of \`${pathText(other)}\` already`, locate(path))] : [];
  });
};
