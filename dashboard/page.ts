import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { PageHandler } from '../src/control/admin/admin.ts';

export type { PageHandler };

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

type PageFile = NonNullable<ReturnType<PageHandler>>;

/** Browsers fetch the icon anew with every change of the address, unless they may keep it. */
const HEADERS: Readonly<Record<string, PageFile['headers']>> = {
  '.svg': { 'cache-control': 'max-age=86400' },
};

const fileOf = (url: URL, contentType: string): PageFile => {
  const body = readFileSync(url);
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
  const packed = new URL(`${url.href}.br`);
  const headers = HEADERS[extname(url.pathname)];
  const br = existsSync(packed) ? readFileSync(packed) : undefined;
  return { contentType, body, etag, ...(br ? { br } : {}), ...(headers ? { headers } : {}) };
};

/** Beside this file in the package; where the source itself runs, in what was built of it last. */
const builtFolder = (): URL => {
  const beside = new URL('assets/', import.meta.url);
  return existsSync(beside) ? beside : new URL('../dist/dashboard/assets/', import.meta.url);
};

/**
 * The dashboard from memory, packed when it was built. Reads its files when it is made, so that what a request names is looked up and
 * never opened. `folder`: what tools/build-page.mjs made. Throws if that cannot be read: then this package is not whole.
 */
export const createPage = (folder: URL = builtFolder()): PageHandler => {
  const files = new Map(
    readdirSync(folder).flatMap((name): [string, PageFile][] => {
      const contentType = CONTENT_TYPES[extname(name)];
      return contentType ? [[`/${name}`, fileOf(new URL(name, folder), contentType)]] : [];
    }),
  );
  return (path) => files.get(path === '/' ? '/index.html' : path);
};
