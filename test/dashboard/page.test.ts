import { readdirSync, readFileSync } from 'node:fs';
import { brotliDecompressSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { type RunningAdmin, startAdmin } from '../control/admin-client.ts';
import { type BuiltPage, builtPage } from './built-page.ts';

let built: BuiltPage;
let names: readonly string[];
beforeAll(async () => {
  built = await builtPage();
  names = readdirSync(built.folder).filter((name) => !/\.(br|txt)$/.test(name));
});

const bytesOf = (name: string): Buffer => readFileSync(new URL(name, built.folder));
const gzipped = (name: string): number => gzipSync(bytesOf(name), { level: 9 }).length;

describe('the page handler', () => {
  it.each([
    ['/', 'text/html; charset=utf-8'],
    ['/index.html', 'text/html; charset=utf-8'],
    ['/page.css', 'text/css; charset=utf-8'],
    ['/page.js', 'text/javascript; charset=utf-8'],
    ['/icon.svg', 'image/svg+xml'],
  ])('serves %s as %s, with a tag and in brotli', (path, contentType) => {
    const file = built.page(path);
    expect(file?.contentType).toBe(contentType);
    expect(file?.etag).toMatch(/^"[\w-]{20,}"$/);
    expect(brotliDecompressSync(file?.br ?? Buffer.of())).toEqual(file?.body);
  });

  it.each([
    '',
    '/nothing',
    '/../page.ts',
    '/assets/page.css',
    '/page.css/',
    '/page.js.br',
    '/licences.txt',
    '/constructor',
    '/%2e%2e/page.ts',
  ])('knows nothing at "%s"', (path) => {
    expect(built.page(path)).toBeUndefined();
  });
});

describe('the files of the page', () => {
  it('are one HTML, one script, one style sheet and an icon', () => {
    expect([...names].sort()).toEqual(['icon.svg', 'index.html', 'page.css', 'page.js']);
  });

  it('are small: 60 KB of script and 10 KB of style at most, gzipped', () => {
    expect(gzipped('page.js')).toBeLessThan(60_000);
    expect(gzipped('page.css')).toBeLessThan(10_000);
    expect(gzipped('index.html')).toBeLessThan(2000);
  });

  it('bring no script or style inside the HTML, which the content security policy forbids', () => {
    const html = String(bytesOf('index.html'));
    expect(html).not.toMatch(/<script(?![^>]*\bsrc=)/);
    expect(html).not.toMatch(/<style|\sstyle=|\son[a-z]+=|javascript:/i);
    expect(html.match(/<(?:script|link)[^>]*(?:src|href)="[^"]*"/g)).toHaveLength(3);
  });

  it('name no other host, but the namespaces that elements are made with', () => {
    for (const name of names) {
      const text = String(bytesOf(name)).replaceAll(/http:\/\/www\.w3\.org\/[\w/]+/g, '');
      expect(text.match(/(?:https?:)?\/\/[a-z0-9-]+\.[a-z]{2,}/gi) ?? [], name).toEqual([]);
    }
  });

  it('tell the licences of what is bundled', () => {
    const text = String(bytesOf('licences.txt'));
    for (const name of ['preact', '@preact/signals', '@preact/signals-core', 'uplot'])
      expect(text).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(MIT\\)$`, 'm'));
  });
});

describe('the source of the page', () => {
  it('never makes markup of text', () => {
    const folder = new URL('../../dashboard/client/', import.meta.url);
    const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.tsx?$/.test(name),
    );
    expect(sources.length).toBeGreaterThan(30);
    for (const name of sources)
      expect(String(readFileSync(new URL(name, folder))), name).not.toMatch(
        /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|setHTML|DOMParser|dangerously/,
      );
  });
});

describe('over HTTP', () => {
  let admin: RunningAdmin;
  beforeAll(async () => {
    admin = await startAdmin({ page: built.page });
    return () => admin.close();
  });

  it('goes out in brotli to those that take it, and plain to others', async () => {
    const packed = await admin.ask('/page.js', { headers: { 'accept-encoding': 'gzip, br' } });
    const plain = await admin.ask('/page.js');
    expect(packed.headers).toMatchObject({ 'content-encoding': 'br', vary: 'accept-encoding' });
    expect(Number(packed.headers['content-length'])).toBeLessThan(Number(plain.headers['content-length']));
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.text).toBe(String(bytesOf('page.js')));
  });

  it('is not sent again to those that have it', async () => {
    const first = await admin.ask('/');
    const again = await admin.ask('/', { headers: { 'if-none-match': String(first.headers['etag']) } });
    expect(first.headers['cache-control']).toBe('no-cache');
    expect(again).toMatchObject({ status: 304, text: '' });
  });
});
