import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';
import type { PageHandler } from '../src/control/admin/admin.ts';

export type { PageHandler };

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/**
 * The status page from memory. Reads its files once, so that what a request names is looked up and never opened.
 * Throws if they cannot be read: then this package is not whole.
 */
export const createPage = (): PageHandler => {
  const folder = new URL('assets/', import.meta.url);
  const files = new Map(
    readdirSync(folder).flatMap((name) => {
      const contentType = CONTENT_TYPES[extname(name)];
      return contentType ? [[`/${name}`, { contentType, body: readFileSync(new URL(name, folder)) }]] : [];
    }),
  );
  return (path) => files.get(path === '/' ? '/index.html' : path);
};
