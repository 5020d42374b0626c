import type { Dirent } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { isHidden } from './file-path.ts';
import { findFile, type Place } from './find-file.ts';

/** More is not listed: a page of that length helps nobody, and it is all in memory at once. */
export const MOST_ENTRIES = 10_000;

export interface Entry {
  readonly name: string;
  readonly kind: 'file' | 'folder';
}

export interface Listing {
  /** Folders first, then by name. */
  readonly entries: readonly Entry[];
  /** There are more than are listed. */
  readonly isCut: boolean;
}

/** Of what an entry is, links followed; undefined for what would not be served either. */
const entryOf = async (place: Place, names: readonly string[], entry: Dirent): Promise<Entry | undefined> => {
  const { name } = entry;
  if (place.dotfiles === 'deny' && isHidden(name)) return undefined;
  if (entry.isFile()) return { name, kind: 'file' };
  if (entry.isDirectory()) return { name, kind: 'folder' };
  if (!entry.isSymbolicLink()) return undefined;
  const found = await findFile(place, [...names, name]);
  return 'path' in found ? { name, kind: found.kind } : undefined;
};

const compare = (a: Entry, b: Entry): number => {
  if (a.kind !== b.kind) return a.kind === 'folder' ? -1 : 1;
  return a.name < b.name ? -1 : 1;
};

/** What lies in a folder under these names of the directory, without what would not be served. Rejects as the system does. */
export const listFolder = async (place: Place, names: readonly string[]): Promise<Listing> => {
  const entries: Entry[] = [];
  for await (const one of await opendir(join(place.directory, ...names))) {
    const entry = await entryOf(place, names, one);
    if (!entry) continue;
    if (entries.length === MOST_ENTRIES) return { entries: entries.sort(compare), isCut: true };
    entries.push(entry);
  }
  return { entries: entries.sort(compare), isCut: false };
};

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');

/** Begins with `./`, so that a name with a colon is not read as a scheme. */
const linkTo = ({ name, kind }: Entry): string =>
  `./${encodeURIComponent(name)}${kind === 'folder' ? '/' : ''}`;

const shown = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
};

/** The listing as a page. @param path as the client asked for it. */
export const htmlListing = ({ entries, isCut }: Listing, path: string): string => {
  const title = escaped(`Index of ${shown(path)}`);
  const up = path === '/' ? [] : ['<li><a href="../">..</a></li>'];
  const items = entries.map(
    (entry) =>
      `<li><a href="${escaped(linkTo(entry))}">${escaped(entry.name)}${entry.kind === 'folder' ? '/' : ''}</a></li>`,
  );
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><title>${title}</title></head>`,
    `<body><h1>${title}</h1>`,
    '<ul>',
    ...up,
    ...items,
    '</ul>',
    ...(isCut ? [`<p>Only ${MOST_ENTRIES} entries are listed.</p>`] : []),
    '</body></html>',
    '',
  ].join('\n');
};

/** The listing as JSON. */
export const jsonListing = ({ entries, isCut }: Listing): string =>
  `${JSON.stringify({ entries, truncated: isCut })}\n`;
