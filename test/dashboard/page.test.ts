import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createPage } from '../../dashboard/page.ts';

const assets = new URL('../../dashboard/assets/', import.meta.url);
const names = readdirSync(assets);
const page = createPage();
const textOf = (path: string): string => String(page(path)?.body);

describe('the page handler', () => {
  it.each([
    ['/', 'text/html; charset=utf-8'],
    ['/index.html', 'text/html; charset=utf-8'],
    ['/page.css', 'text/css; charset=utf-8'],
    ['/status.js', 'text/javascript; charset=utf-8'],
    ['/icon.svg', 'image/svg+xml'],
  ])('serves %s as %s', (path, contentType) => {
    expect(page(path)?.contentType).toBe(contentType);
    expect(page(path)?.body.length).toBeGreaterThan(100);
  });

  it.each([
    '',
    '/nothing',
    '/../page.ts',
    '/assets/page.css',
    '/page.css/',
    '/constructor',
    '/%2e%2e/page.ts',
  ])('knows nothing at "%s"', (path) => {
    expect(page(path)).toBeUndefined();
  });

  it('serves every file of the page', () => {
    for (const name of names) expect(page(`/${name}`), name).toBeDefined();
  });
});

describe('the files of the page', () => {
  it('bring no script or style inside the HTML, which the content security policy forbids', () => {
    const html = textOf('/');
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/);
    expect(html).not.toMatch(/<style|\sstyle=|\son[a-z]+=|javascript:/i);
  });

  it('name no other host', () => {
    for (const name of names) {
      const text = readFileSync(new URL(name, assets), 'utf8').replaceAll('http://www.w3.org/2000/svg', '');
      expect(text.match(/(?:https?:)?\/\/[a-z0-9-]+\.[a-z]/gi) ?? [], name).toEqual([]);
    }
  });

  it('never make markup of text', () => {
    for (const name of names.filter((file) => file.endsWith('.js')))
      expect(textOf(`/${name}`), name).not.toMatch(
        /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|setHTML|DOMParser/,
      );
  });

  it('are small', () => {
    const packed = names.map((name) => gzipSync(readFileSync(new URL(name, assets))).length);
    expect(packed.reduce((sum, size) => sum + size, 0)).toBeLessThan(40_000);
  });
});
