import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll } from 'vitest';
import { createPage, type PageHandler } from '../../dashboard/page.ts';
import { buildPage } from '../../tools/build-page.mjs';

export interface BuiltPage {
  readonly page: PageHandler;
  /** What the build has made, with a slash at the end. */
  readonly folder: URL;
}

let built: Promise<BuiltPage> | undefined;
let path: string | undefined;

const build = async (): Promise<BuiltPage> => {
  path = mkdtempSync(join(tmpdir(), 'forehand-page-'));
  await buildPage(path);
  const folder = pathToFileURL(`${path}/`);
  return { page: createPage(folder), folder };
};

/** The dashboard as its source is now, built once for a file of tests: what lies in dist may be older. */
export const builtPage = (): Promise<BuiltPage> => {
  built ??= build();
  return built;
};

afterAll(() => {
  if (path) rmSync(path, { recursive: true, force: true });
});
