import { parsePasswordHash } from '../../password/password-hash.ts';
import type { FileReader, NamedFile } from '../reading/named-files.ts';
import type { Path } from '../reading/sourced.ts';
import type { Parts } from './parts.ts';
import { hostRules, type PlacedRules, routeRules } from './placed-rules.ts';

/** Most bytes of an answer that is kept in memory. */
const MOST_BYTES = 1024 ** 2;

const textIn: FileReader = (text, name) =>
  Buffer.byteLength(text) <= MOST_BYTES
    ? { value: text }
    : { fault: `${name} is ${Buffer.byteLength(text)} bytes long; 1 MiB is the most` };

/** Takes a hash of a password alone in a file. */
const hashIn: FileReader = (text, name) => {
  const value = text.trim();
  return parsePasswordHash(value)
    ? { value }
    : { fault: `${name} holds no hash of \`forehand hash-password\`` };
};

const pages = (errorPages: Readonly<Record<string, string>> | undefined, path: Path): readonly NamedFile[] =>
  Object.entries(errorPages ?? {}).map(([status, file]) => ({
    path: [...path, 'errorPages', status],
    file,
    read: textIn,
  }));

const filesOf = ({ rules, path }: PlacedRules): readonly NamedFile[] => {
  const { respond, auth, errorPages } = rules;
  const bodyFile = respond?.bodyFile;
  return [
    ...(bodyFile === undefined
      ? []
      : [{ path: [...path, 'respond', 'bodyFile'], file: bodyFile, read: textIn }]),
    ...(auth?.users ?? []).flatMap(({ hashFile }, i) =>
      hashFile === undefined
        ? []
        : [{ path: [...path, 'auth', 'users', i, 'hashFile'], file: hashFile, read: hashIn }],
    ),
    ...pages(errorPages, path),
  ];
};

/** The files that routes and hosts name whose text is kept: pages, answers, hashes of passwords. */
export const ruleFiles = ({ routes = [], hosts = [], errorPages }: Parts): readonly NamedFile[] => [
  ...pages(errorPages, []),
  ...[...routeRules(routes.map(({ whole }) => whole)), ...hostRules(hosts)].flatMap(filesOf),
];

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  csv: 'text/csv; charset=utf-8',
  htm: 'text/html; charset=utf-8',
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  svg: 'image/svg+xml',
  xml: 'application/xml',
};

/** The type of a text by the name of its file; plain text for one that is not known. */
export const typeOfFile = (file: string): string => {
  const ending = /\.(\w+)$/.exec(file)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(TYPES, ending) ? (TYPES[ending] ?? '') : 'text/plain; charset=utf-8';
};
