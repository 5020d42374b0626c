import type { FileTexts, NamedFile } from '../reading/named-files.ts';
import type { Path } from '../reading/sourced.ts';
import type { WrittenSessions, WrittenSticky } from '../schema/schema-sessions.ts';
import { passwordIn, secretsIn } from './secrets.ts';

interface WithSecrets {
  /** What cookies are signed with, the newest first; empty for one that is made up at each start. */
  readonly secrets: readonly string[];
}

type Complete<Written> = Readonly<Omit<Written, 'secret'>> & WithSecrets;

/** Sessions, checked and complete. `password`: that of the file. */
export type SessionsConfig = Complete<WrittenSessions> & { readonly password?: string };

/** The sticky cookie of a pool, checked and complete. */
export type StickyConfig = Complete<WrittenSticky>;

interface Naming {
  readonly secret?: string | readonly string[];
  readonly secretFile?: string;
}

const secretsFrom = ({ secret = [] }: Naming, path: Path, texts: FileTexts): readonly string[] => {
  const written = typeof secret === 'string' ? [secret] : secret;
  const read = (texts.at([...path, 'secretFile']) ?? '').split('\n').filter((line) => line !== '');
  return [...new Set(written.length > 0 ? written : read)];
};

/** Puts in what the files say that are named under the path. */
export const stickyFrom = (written: WrittenSticky, path: Path, texts: FileTexts): StickyConfig => {
  const { secret: _, ...rest } = written;
  return { ...rest, secrets: secretsFrom(written, path, texts) };
};

/** Puts in what the files say that are named under `sessions`. */
export const sessionsFrom = (
  written: WrittenSessions | undefined,
  texts: FileTexts,
): { readonly sessions?: SessionsConfig } => {
  if (!written) return {};
  const { secret: _, ...rest } = written;
  const password = texts.at(['sessions', 'passwordFile']);
  const secrets = secretsFrom(written, ['sessions'], texts);
  return { sessions: { ...rest, secrets, ...(password === undefined ? {} : { password }) } };
};

const secretFile = ({ secret, secretFile: file }: Naming, path: Path): readonly NamedFile[] =>
  file === undefined || secret !== undefined
    ? []
    : [{ path: [...path, 'secretFile'], file, read: secretsIn }];

/** The files that sticky pools and sessions name. */
export const sessionFiles = ({
  sessions,
  pools,
}: {
  readonly sessions?: WrittenSessions;
  readonly pools: ReadonlyMap<string, { readonly sticky?: WrittenSticky }>;
}): readonly NamedFile[] => [
  ...(sessions ? secretFile(sessions, ['sessions']) : []),
  ...(sessions?.passwordFile === undefined
    ? []
    : [{ path: ['sessions', 'passwordFile'], file: sessions.passwordFile, read: passwordIn }]),
  ...[...pools].flatMap(([name, { sticky }]) =>
    sticky ? secretFile(sticky, ['pools', name, 'sticky']) : [],
  ),
];

const shownSecret = ({ secrets, secretFile: file }: WithSecrets & Naming, blank: string): object =>
  secrets.length > 0 && file === undefined ? { secret: blank } : {};

/** A pool's cookie for people. */
export const shownSticky = ({ secrets, ...rest }: StickyConfig, blank: string): object => ({
  ...rest,
  ...shownSecret({ secrets, ...rest }, blank),
});

/** Sessions for people; `url` still has what it had. */
export const shownSessions = ({ secrets, password: _, ...rest }: SessionsConfig, blank: string): object => ({
  ...rest,
  ...shownSecret({ secrets, ...rest }, blank),
});
