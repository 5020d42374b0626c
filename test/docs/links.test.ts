import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));

const markdownIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join(folder, file));

const PAGES = [
  ...readdirSync(root).filter((file) => file.endsWith('.md')),
  ...markdownIn('docs'),
  ...markdownIn('examples'),
];

const readPage = (page: string): string => readFileSync(join(root, page), 'utf8');
const withoutBlocks = (text: string): string => text.replace(/^```[\s\S]*?^```$/gm, '');

/** As GitHub makes them of headings. */
const anchorsOf = (text: string): readonly string[] =>
  [...withoutBlocks(text).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );

const linkFault = (page: string, link: string): string | undefined => {
  const [target = '', anchor] = link.split('#');
  const file = target === '' ? page : relative(root, join(root, dirname(page), target));
  if (!existsSync(join(root, file))) return `${page}: ${link} leads nowhere`;
  if (anchor === undefined || !file.endsWith('.md')) return undefined;
  return anchorsOf(readPage(file)).includes(anchor) ? undefined : `${page}: ${link} has no such heading`;
};

const linkFaults = (page: string): readonly string[] =>
  [...withoutBlocks(readPage(page)).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .flatMap((link) => linkFault(page, link) ?? []);

/** `*` stands for any characters of a name. */
const isThere = (path: string): boolean => {
  if (!path.includes('*')) return existsSync(join(root, path));
  const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`);
  const folder = dirname(path);
  return readdirSync(join(root, folder)).some((name) => pattern.test(join(folder, name)));
};

/** Files that a page names from the top of the repository: `src/core/route.ts`, `test/state/`. */
const fileFaults = (page: string): readonly string[] =>
  [...withoutBlocks(readPage(page)).matchAll(/`((?:src|test|agent|candidacy|contrib|bench)\/[\w*./-]+)`/g)]
    .map(([, path = '']) => path)
    .filter((path) => !isThere(path))
    .map((path) => `${page}: there is no ${path}`);

describe.each(PAGES)('%s', (page) => {
  it('has links that lead somewhere, and to headings that are there', () => {
    expect(linkFaults(page)).toEqual([]);
  });

  it('names files that are there', () => {
    expect(fileFaults(page)).toEqual([]);
  });
});
