import type { IncomingMessage, ServerResponse } from 'node:http';
import { NO_REQUEST } from '../core/chain.ts';
import type { LocalAnswer } from '../core/route-rules.ts';
import type { RequestView } from '../core/types.ts';
import { namesOf } from './file-path.ts';
import { type Found, findFile } from './find-file.ts';
import { htmlListing, jsonListing, listFolder } from './listing.ts';
import type { LocalFacts } from './local-field.ts';
import type { FilesSource } from './local-source.ts';
import { say } from './say.ts';
import { sendFile } from './send-file.ts';

/** One request for a file. */
export interface FileCall {
  readonly source: FilesSource;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly facts: LocalFacts;
}

/** The same, with what its path says. */
interface Asked extends FileCall {
  /** Without query, as it was sent to us. */
  readonly path: string;
  readonly names: readonly string[];
}

const viewOf = ({ req, facts }: FileCall): RequestView => ({
  ...NO_REQUEST,
  ...facts,
  scheme: facts.scheme === 'https' ? 'https' : 'http',
  method: req.method ?? 'GET',
  host: facts.host.replace(/:\d*$/, '').toLowerCase(),
  header: (name) => {
    const value = req.headers[name.toLowerCase()];
    return typeof value === 'string' ? value : value?.join(', ');
  },
});

const refusalFor =
  (call: FileCall) =>
  (status: number, fields: Readonly<Record<string, string>> = {}): void => {
    const instead: LocalAnswer | undefined = call.source.errorAnswer?.(status, viewOf(call));
    say(call.res, status, fields, instead);
  };

const sendFound = (asked: Asked, path: string): void => {
  const { req, res, source } = asked;
  const { cacheControl = 'public, max-age=0' } = source;
  sendFile(req, res, { path, cacheControl, refuse: refusalFor(asked) });
};

/** The address of the folder with its slash, as a reference that cannot leave this host: the last name alone. */
const withSlash = (clientPath: string): string => `./${clientPath.slice(clientPath.lastIndexOf('/') + 1)}/`;

const redirect = ({ req, res, facts }: Asked): void => {
  const question = (req.url ?? '').indexOf('?');
  const query = question === -1 ? '' : (req.url ?? '').slice(question);
  say(res, 301, { Location: withSlash(facts.path) + query }, { status: 301, reason: 'this is a folder' });
};

const list = async ({ req, res, source, names, facts }: Asked): Promise<void> => {
  const listing = await listFolder(source, names);
  const { accept = '' } = req.headers;
  const wantsJson = accept.includes('application/json') && !accept.includes('text/html');
  const body = Buffer.from(wantsJson ? jsonListing(listing) : htmlListing(listing, facts.path));
  res.setHeader('Content-Type', `${wantsJson ? 'application/json' : 'text/html'}; charset=utf-8`);
  res.setHeader('Content-Length', body.byteLength);
  res.setHeader('Content-Security-Policy', "default-src 'none'; base-uri 'none'; form-action 'none'");
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('Cache-Control', 'no-cache');
  res.setHeader('Vary', 'Accept');
  res.end(req.method === 'HEAD' ? undefined : body);
};

/** The page of a folder: its index file, else a listing of it. */
const answerFolder = async (asked: Asked): Promise<void> => {
  const { source, path, names, facts } = asked;
  // Where a route's prefix was taken off, only the client's own path tells whether it ends with a slash.
  if (!facts.path.endsWith('/') && (path === '/' || !path.endsWith('/'))) {
    redirect(asked);
    return;
  }
  for (const index of source.index) {
    const found = await findFile(source, [...names, ...index.split('/')]);
    if (found.kind === 'file') {
      sendFound(asked, found.path);
      return;
    }
  }
  if (source.listing) await list(asked);
  else refusalFor(asked)(403);
};

/** A page of the application, and not one of its images that is missing. */
const isPage = ({ req, names }: Asked): boolean =>
  (req.headers.accept ?? '').includes('text/html') || !(names.at(-1) ?? '').includes('.');

const answerMissing = async (asked: Asked): Promise<void> => {
  const { source } = asked;
  const { fallback } = source;
  const found = fallback !== undefined && isPage(asked) && (await findFile(source, [fallback]));
  if (found && found.kind === 'file') sendFound(asked, found.path);
  else refusalFor(asked)(404);
};

const answerFound = async (asked: Asked, found: Found): Promise<void> => {
  if (found.kind === 'folder') await answerFolder(asked);
  else if (found.kind === 'missing') await answerMissing(asked);
  else if (found.kind === 'refused') refusalFor(asked)(found.status);
  // A file is not a folder: relative links in it would lead elsewhere.
  else if (asked.path.endsWith('/')) await answerMissing(asked);
  else sendFound(asked, found.path);
};

/** Answers with a file of a folder, its listing, or why there is neither. Never rejects. */
export const answerFiles = async (call: FileCall): Promise<void> => {
  const { source, req, res } = call;
  const refuse = refusalFor(call);
  if (req.method !== 'GET' && req.method !== 'HEAD') {
    refuse(405, { Allow: 'GET, HEAD' });
    return;
  }
  const path = (req.url ?? '/').replace(/\?.*$/s, '');
  const names = namesOf(path, { ...source, platform: process.platform });
  if (!names) {
    refuse(404);
    return;
  }
  try {
    const found = await findFile(source, names);
    await answerFound({ ...call, path, names }, found);
  } catch {
    if (res.headersSent) res.destroy();
    else refuse(500);
  }
};
